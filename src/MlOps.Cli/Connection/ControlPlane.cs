using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Functions.Hosting;

namespace MlOps.Cli.Connection;

/// <summary>
/// The API that a command talks to: that of the host which has the home, or, when nobody has it, of a host in this process
/// for as long as the command runs. Either way the command goes through HTTP and the same rules.
/// </summary>
internal sealed class ControlPlane : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly EmbeddedHost? _host;

    private ControlPlane(Uri address, EmbeddedHost? host)
    {
        // What a person waits for may take as long as it takes; Ctrl+C ends it.
        _http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Add("X-MlOps-Actor", Environment.UserName);
        _host = host;
    }

    /// <param name="runWork">Whether a host in this process works on runs, or only tells.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<ControlPlane> ConnectAsync(bool runWork, CancellationToken cancellationToken)
    {
        if (HomeLock.FindOwner(Installation.Home) is { } owner) return new ControlPlane(owner.Url, null);
        var settings = new HostSettings
        {
            Home = Installation.Home,
            Repository = Installation.Repository,
            Url = "http://127.0.0.1:0",
            RunWork = runWork,
            Verbose = false,
        };
        var host = await EmbeddedHost.StartAsync(settings, cancellationToken);
        return new ControlPlane(host.Address, host);
    }

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, MlOpsJson.Compact, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await _http.PutAsJsonAsync(new Uri(path, UriKind.Relative), body, MlOpsJson.Compact, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_host is not null) await _host.DisposeAsync();
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return (await response.Content.ReadFromJsonAsync<T>(MlOpsJson.Compact, cancellationToken))!;
        var exitCode = response.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError ? ExitCodes.BadInput : ExitCodes.JobFailed;
        throw new CommandException(exitCode, await ProblemOfAsync(response, cancellationToken));
    }

    private static async Task<string> ProblemOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            using var problem = JsonDocument.Parse(text);
            return problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString()! : problem.RootElement.GetProperty("title").GetString()!;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException)
        {
            return $"{(int)response.StatusCode} {response.ReasonPhrase}: {text}";
        }
    }
}
