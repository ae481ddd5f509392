using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MlOps.Benchmarks.Serving;

/// <summary>
/// The least that any server of these requests does: the same web server parses the same JSON and answers the same bytes. It is a process
/// of its own, as the server that it is held against.
/// </summary>
internal sealed class FloorServer : IAsyncDisposable
{
    /// <summary>The command by which the process is started.</summary>
    public const string HostCommand = "floor-server";

    private readonly Process _process;
    private readonly string _folder;

    private FloorServer(Process process, string folder, Uri url) => (_process, _folder, Url) = (process, folder, url);

    public Uri Url { get; }

    /// <summary>Starts the process.</summary>
    /// <param name="answer">What it answers to every request.</param>
    public static async Task<FloorServer> StartAsync(byte[] answer)
    {
        var temporary = Directory.CreateTempSubdirectory("mlops-floor-").FullName;
        var file = Path.Combine(temporary, "answer.json");
        await File.WriteAllBytesAsync(file, answer);
        var start = new ProcessStartInfo("dotnet", [typeof(FloorServer).Assembly.Location, HostCommand, file]) { UseShellExecute = false, RedirectStandardOutput = true };
        // The collector that the command line has, not the benchmarks' own.
        start.Environment["DOTNET_gcConcurrent"] = "1";
        var started = Process.Start(start)!;
        return new(started, temporary, new Uri(await started.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The floor did not start.")));
    }

    /// <summary>The process itself; ends when it is killed.</summary>
    public static async Task<int> RunHostAsync(string file)
    {
        var answer = await File.ReadAllBytesAsync(file);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.MapPost("/answer", async (HttpRequest request) =>
        {
            using var parsed = await JsonDocument.ParseAsync(request.Body);
            return Results.Bytes(answer, "application/json");
        });
        await server.StartAsync();
        await Console.Out.WriteLineAsync(server.Urls.First() + "/answer");
        await server.WaitForShutdownAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
