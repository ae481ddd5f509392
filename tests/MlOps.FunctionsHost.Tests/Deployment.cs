using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.FunctionsHost.Publishing;
using MlOps.Testing.Azure;

namespace MlOps.FunctionsHost.Tests;

/// <summary>The application on storage of its own, behind a host.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private const string Container = "mlops";
    private readonly DirectoryInfo _storage = Directory.CreateTempSubdirectory("mlops-handler-");
    private readonly AzuriteServer? _account;

    private Deployment(AzuriteServer? account) => _account = account;

    public RunningApp Host { get; private set; } = null!;

    /// <param name="app">The published application.</param>
    /// <param name="options">How the host behaves.</param>
    /// <param name="settings">More application settings.</param>
    /// <param name="account">Keeps blobs and tables; <see langword="null"/>: a folder does.</param>
    public static async Task<Deployment> StartAsync(
        PublishedApp app, HostOptions? options = null, IReadOnlyDictionary<string, string>? settings = null, AzuriteServer? account = null)
    {
        var deployment = new Deployment(account);
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [account is null ? "Storage__Folder" : "Storage__ConnectionString"] = account?.ConnectionString ?? deployment._storage.FullName,
            ["Authentication__TrustClientPrincipal"] = "false",
            // Nobody answers at the extension's usual port here: whoever has not learnt its address from a binding fails.
            ["DurableTask__RpcAddress"] = "http://127.0.0.1:9",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal)) all[name] = value;
        deployment.Host = await RunningApp.StartAsync(app, (options ?? new()) with { Settings = all }, CancellationToken.None);
        return deployment;
    }

    public string PathOf(string blob) => Path.Combine(_storage.FullName, blob);

    /// <summary>Uploads files as blobs, and tells of them as Event Grid does.</summary>
    public async Task UploadAsync(string prefix, params IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var blob = prefix + Path.GetFileName(file);
            if (_account is null) Copy(file, PathOf(blob));
            else await UploadAsync(_account, blob, file);
            await Host.BlobCreatedAsync(blob, new FileInfo(file).Length, CancellationToken.None);
        }
    }

    private static void Copy(string file, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target + ".part");
        File.SetLastWriteTimeUtc(target + ".part", TimeProvider.System.GetUtcNow().UtcDateTime);
        File.Move(target + ".part", target);
    }

    private static async Task UploadAsync(AzuriteServer account, string blob, string file)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = Repository.Root, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[Path.Combine(Repository.Root, "tests", "MlOps.FunctionsHost.Tests", "upload-blob.cjs"), account.ConnectionString, Container, blob, file]) start.ArgumentList.Add(argument);
        using var upload = Process.Start(start)!;
        var errors = await upload.StandardError.ReadToEndAsync();
        await upload.WaitForExitAsync();
        Assert.True(upload.ExitCode is 0, errors);
    }

    public async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = JsonContent.Create(body);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Host.SendAsync(request, CancellationToken.None);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length is 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    /// <summary>The newest run of a pipeline once it has one of the given statuses.</summary>
    public async Task<JsonElement> RunAsync(string pipeline, params string[] until)
    {
        JsonElement last = default;
        try
        {
            return await Poll.UntilAsync(() => TryFindAsync(pipeline, until, seen => last = seen));
        }
        catch (TimeoutException over)
        {
            throw new TimeoutException($"No run of '{pipeline}' became {string.Join(" or ", until)}; the last state seen: {last}\n{Host.Handler.Output}", over);
        }
    }

    private async Task<JsonElement?> TryFindAsync(string pipeline, string[] until, Action<JsonElement> see)
    {
        Host.Durable.ThrowIfFaulted();
        var (_, runs) = await SendAsync(HttpMethod.Get, $"/api/runs?pipeline={pipeline}");
        foreach (var run in runs.GetProperty("items").EnumerateArray().Take(1))
        {
            see(run);
            var status = run.GetProperty("status").GetString();
            if (until.Contains(status)) return (await SendAsync(HttpMethod.Get, $"/api/runs/{run.GetProperty("runId").GetString()}")).Body;
            Assert.False(status is "failed" or "rejected" or "released", $"{run}\n{Host.Handler.Output}");
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _storage.Delete(recursive: true);
    }
}
