using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace MlOps.EndToEnd.Tests;

/// <summary>The serving app as a process of its own, on a home that somebody else releases to.</summary>
internal sealed class ServingProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServingProcess(Process process, Uri address)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = address };
    }

    /// <summary>How many requests each version has answered here.</summary>
    public Dictionary<int, int> Answered { get; } = [];

    public static async Task<ServingProcess> StartAsync(string home)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "mlops-serving.dll"), "--models", home, "--url", "http://127.0.0.1:0"]) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["Serving__ReplicaInterval"] = "00:00:00.2";
        var started = Process.Start(start)!;
        var said = new StringBuilder();
        while (await started.StandardError.ReadLineAsync() is { } line)
        {
            said.AppendLine(line);
            if (!line.StartsWith("Listening at ", StringComparison.Ordinal)) continue;
            _ = started.StandardError.ReadToEndAsync();
            return new ServingProcess(started, new Uri(line["Listening at ".Length..] + "/"));
        }

        throw new InvalidOperationException($"The serving process did not start: {said}");
    }

    /// <summary>Asks an endpoint, and counts which version answered.</summary>
    public async Task<int> PredictAsync(string endpoint, string request)
    {
        using var content = new StringContent(request, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync($"api/endpoints/{endpoint}/predict", content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        var version = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("version").GetInt32();
        Answered[version] = Answered.GetValueOrDefault(version) + 1;
        return version;
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
