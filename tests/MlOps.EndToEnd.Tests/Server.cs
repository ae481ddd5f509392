using System.Text;
using System.Text.Json;
namespace MlOps.EndToEnd.Tests;

/// <summary><c>mlops up</c> on an installation, on a port of its own.</summary>
internal sealed class Server : IDisposable
{
    private readonly CommandProcess _process;

    private Server(CommandProcess process, Uri address)
    {
        _process = process;
        // What is refused by its length alone is not sent, however long the refusal takes.
        Http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Eventually.Patience }) { BaseAddress = address, Timeout = Eventually.Patience };
    }

    public HttpClient Http { get; }

    public static async Task<Server> StartAsync(Installation installation, params string[] options)
    {
        var process = installation.Start(["up", "--port", "0", .. options]);
        var until = DateTime.UtcNow + Eventually.Patience;
        while (DateTime.UtcNow < until && !process.HasEnded)
        {
            if (TryReadAddress(installation, process.Id) is { } address) return new Server(process, address);
            await Task.Delay(50);
        }

        process.Kill();
        throw new InvalidOperationException($"The server did not start: {(await process.EndAsync(Eventually.Patience)).Errors}");
    }

    public int ProcessId => _process.Id;

    public void Kill() => _process.Kill();

    /// <summary>Stops it as a service manager does.</summary>
    public Task<CommandResult> StopAsync() => _process.StopAsync();

    /// <summary>Sends a request; the answer's status and body.</summary>
    public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? body = null, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, contentType);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        CommandOutput.HasNoStackTrace(text);
        return ((int)response.StatusCode, text.Length is 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    /// <summary>The newest run of a pipeline once it has ended; a run that was there before is none.</summary>
    public Task<JsonElement> EndOfRunAsync(string pipeline, string before = "") => WaitForRunAsync(pipeline, before, "released", "rejected", "failed");

    /// <summary>The newest run of a pipeline once it is another than the newest one before, and has one of the given statuses.</summary>
    public async Task<JsonElement> WaitForRunAsync(string pipeline, string before, params string[] until)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        JsonElement last = default;
        while (DateTime.UtcNow < end)
        {
            var runs = await GetAsync($"api/runs?pipeline={pipeline}");
            foreach (var run in runs.GetProperty("items").EnumerateArray().Take(1).Where(r => r.GetProperty("runId").GetString() != before))
            {
                last = await GetAsync($"api/runs/{run.GetProperty("runId").GetString()}");
                if (until.Contains(last.GetProperty("status").GetString())) return last;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"No run of '{pipeline}' after '{before}' became {string.Join(" or ", until)} within {Eventually.Patience}; the last state seen: {last}");
    }

    /// <summary>Asks an endpoint until the answer is the one that is waited for.</summary>
    public async Task<JsonElement> PredictAsync(string endpoint, string request, Func<JsonElement, bool> until)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while (true)
        {
            using var content = new StringContent(request, Encoding.UTF8, "application/json");
            using var response = await Http.PostAsync($"api/endpoints/{endpoint}/predict", content);
            var text = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode && JsonSerializer.Deserialize<JsonElement>(text) is var answer && until(answer)) return answer;
            Assert.True(DateTime.UtcNow < end, $"the endpoint still answers {(int)response.StatusCode}: {text}");
            await Task.Delay(50);
        }
    }

    public async Task<JsonElement> GetAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await Http.GetStringAsync(path));

    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
    }

    /// <summary>Where the process says that it listens; a killed one's word still lies there.</summary>
    private static Uri? TryReadAddress(Installation installation, int processId)
    {
        try
        {
            var owner = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(installation.PathOf("system/host.json")));
            return owner.GetProperty("processId").GetInt32() == processId ? new Uri(owner.GetProperty("url").GetString()!) : null;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return null;
        }
    }
}
