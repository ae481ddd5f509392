using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Functions.Hosting;
using MlOps.Storage;

namespace MlOps.Cli.Connection;

/// <summary>
/// The API that a command talks to: that of the host which has the home, or, when nobody has it, of a host in this process
/// for as long as the command runs. Either way the command goes through HTTP and the same rules.
/// </summary>
internal sealed class ControlPlane : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);
    private readonly bool _runWork;
    private HttpClient _http;
    private EmbeddedHost? _host;
    private StorageLocation? _storage;

    private ControlPlane(bool runWork, Uri address, EmbeddedHost? host) => (_runWork, _http, _host) = (runWork, ClientOf(address), host);

    /// <summary>Whether this process is the host, so that nothing goes on once it has ended.</summary>
    public bool IsHost => _host is not null;

    /// <param name="runWork">Whether a host in this process works on runs, or only tells.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<ControlPlane> ConnectAsync(bool runWork, CancellationToken cancellationToken)
    {
        var (address, host) = await FindAsync(runWork, cancellationToken);
        return new ControlPlane(runWork, address, host);
    }

    /// <summary>Hosts in this process. Commands that only tell, each in its turn, and a host that is just starting or ending are waited for.</summary>
    /// <exception cref="HomeInUseException">Another process works on the home.</exception>
    public static async Task<EmbeddedHost> HostAsync(HostSettings settings, CancellationToken cancellationToken)
    {
        var (since, turn) = (TimeProvider.System.GetTimestamp(), 0);
        while (true)
        {
            try
            {
                return await EmbeddedHost.StartAsync(settings, cancellationToken);
            }
            catch (HomeInUseException)
            {
                var owner = HomeLock.FindOwner(settings.Home);
                if (owner is { RunsWork: true }) throw;
                // Whoever comes next is waited for anew: many commands at once all come to their turn.
                if (owner is not null && owner.ProcessId != turn) (since, turn) = (TimeProvider.System.GetTimestamp(), owner.ProcessId);
                if (TimeProvider.System.GetElapsedTime(since) >= s_patience) throw;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Hosts a home of its own in this process for as long as the command runs, whatever the installation's home does.</summary>
    /// <exception cref="HomeInUseException">Another process works on the home.</exception>
    public static async Task<ControlPlane> HostAloneAsync(HomeFolder home, string repository, CancellationToken cancellationToken)
    {
        var host = await HostAsync(new HostSettings { Home = home, Repository = repository, Url = "http://127.0.0.1:0", Verbose = false }, cancellationToken);
        return new ControlPlane(runWork: true, host.Address, host);
    }

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
                return await ReadAsync<T>(response, cancellationToken);
            }
            catch (HttpRequestException) when (_host is null)
            {
                // The host that had the home has ended. Asking again is harmless; its runs go on in its successor, or here.
                _http.Dispose();
                (var address, _host) = await FindAsync(_runWork, cancellationToken);
                _http = ClientOf(address);
            }
        }
    }

    /// <summary>Asks until the answer is what is waited for: at first 20 times a second, then twice. Ctrl+C ends it.</summary>
    /// <param name="path">What is asked for.</param>
    /// <param name="isAwaited">Whether an answer is the last one.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <param name="show">Sees every answer, the last one too.</param>
    public async Task<T> PollAsync<T>(string path, Func<T, bool> isAwaited, CancellationToken cancellationToken, Action<T>? show = null)
    {
        for (var pause = s_shortestPause; ; pause = pause < s_longestPause ? pause * 1.5 : s_longestPause)
        {
            var answer = await GetAsync<T>(path, cancellationToken);
            show?.Invoke(answer);
            if (isAwaited(answer)) return answer;
            await Task.Delay(pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Downloads a file.</summary>
    public async Task DownloadAsync(string path, string target, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode) await ReadAsync<object>(response, cancellationToken);
        await using var file = File.Create(target);
        await response.Content.CopyToAsync(file, cancellationToken);
    }

    /// <summary>Where the blobs are.</summary>
    public async Task<StorageLocation> StorageAsync(CancellationToken cancellationToken) =>
        _storage ??= await GetAsync<StorageLocation>("api/storage", cancellationToken);

    /// <summary>Sends a file as the body of a request.</summary>
    public Task<T> PutFileAsync<T>(string path, FileInfo file, CancellationToken cancellationToken) => SendFileAsync<T>(HttpMethod.Put, path, file, cancellationToken);

    /// <inheritdoc cref="PutFileAsync{T}"/>
    public Task<T> PostFileAsync<T>(string path, FileInfo file, CancellationToken cancellationToken) => SendFileAsync<T>(HttpMethod.Post, path, file, cancellationToken);

    /// <summary>Sends a request and writes the body of its answer into a new file.</summary>
    public async Task DownloadAsync(string path, object body, string target, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body, body.GetType(), options: MlOpsJson.Compact) };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode) await ReadAsync<object>(response, cancellationToken);
        await using var file = new FileStream(target, FileMode.CreateNew);
        await response.Content.CopyToAsync(file, cancellationToken);
    }

    public async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, MlOpsJson.Compact, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Gets something that is no JSON, such as a page.</summary>
    public async Task<string> GetTextAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadAsStringAsync(cancellationToken)
            : await ReadAsync<string>(response, cancellationToken);
    }

    /// <summary>Sends a body of any kind, such as a file.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        using var response = await _http.SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Sends a request that has headers of its own.</summary>
    public async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await _http.PutAsJsonAsync(new Uri(path, UriKind.Relative), body, MlOpsJson.Compact, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Copies an answer as it is, of any length.</summary>
    public async Task DownloadAsync(string path, Stream output, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode) throw await FailureOfAsync(response, cancellationToken);
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    public async Task<T> DeleteAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.DeleteAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_host is not null) await _host.DisposeAsync();
    }

    private static async Task<(Uri Address, EmbeddedHost? Host)> FindAsync(bool runWork, CancellationToken cancellationToken)
    {
        var settings = new HostSettings
        {
            Home = Installation.Home,
            Repository = Installation.Repository,
            Url = "http://127.0.0.1:0",
            RunWork = runWork,
            Verbose = false,
        };
        while (true)
        {
            // A host that only tells ends with its command, soon: nothing is sent there.
            if (HomeLock.FindOwner(Installation.Home) is { RunsWork: true } owner) return (owner.Url, null);
            try
            {
                var host = await HostAsync(settings, cancellationToken);
                return (host.Address, host);
            }
            catch (HomeInUseException) when (HomeLock.FindOwner(Installation.Home) is { RunsWork: true })
            {
                // Somebody was faster, and answers now.
            }
        }
    }

    private static HttpClient ClientOf(Uri address)
    {
        // What a person waits for may take as long as it takes; Ctrl+C ends it.
        var http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Add("X-MlOps-Actor", Installation.Actor);
        return http;
    }

    private async Task<T> SendFileAsync<T>(HttpMethod method, string path, FileInfo file, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = new StreamContent(file.OpenRead()) };
        using var response = await _http.SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return (await response.Content.ReadFromJsonAsync<T>(MlOpsJson.Compact, cancellationToken))!;
        throw await FailureOfAsync(response, cancellationToken);
    }

    private static async Task<CommandException> FailureOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var exitCode = response.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError ? ExitCodes.BadInput : ExitCodes.JobFailed;
        return new CommandException(exitCode, await ProblemOfAsync(response, cancellationToken));
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
