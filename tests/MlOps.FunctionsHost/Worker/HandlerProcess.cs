using System.Collections.Concurrent;
using System.Diagnostics;
using MlOps.FunctionsHost.Publishing;

namespace MlOps.FunctionsHost.Worker;

/// <summary>The custom handler: a process of its own, started with what a host sets.</summary>
internal sealed class HandlerProcess : IAsyncDisposable
{
    // The host's default is 30 s; a test machine may be busier than a host.
    private static readonly TimeSpan s_startPatience = TimeSpan.FromMinutes(4);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private HandlerProcess(Process process, ConcurrentQueue<string> output, Uri address) => (_process, _output, Address) = (process, output, address);

    public Uri Address { get; }

    /// <summary>What it wrote to its output and errors.</summary>
    public string Output => string.Join('\n', _output);

    public int Id => _process.Id;

    /// <summary>Starts it and waits until it answers anything at all.</summary>
    /// <param name="app">The application.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="port">Where it is to listen; 0: anywhere.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<HandlerProcess> StartAsync(PublishedApp app, IReadOnlyDictionary<string, string> settings, int port, CancellationToken cancellationToken)
    {
        if (port is 0) port = QuietPort.Find();
        var output = new ConcurrentQueue<string>();
        var process = Launch(app, settings, port, output);
        var handler = new HandlerProcess(process, output, new Uri($"http://127.0.0.1:{port}/"));
        try
        {
            await handler.AnswersAsync(cancellationToken);
            return handler;
        }
        catch
        {
            await handler.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs it to its end, for settings that keep it from starting.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(PublishedApp app, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var output = new ConcurrentQueue<string>();
        using var process = Launch(app, settings, QuietPort.Find(), output);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, string.Join('\n', output));
    }

    public void Kill()
    {
        _process.Kill(entireProcessTree: false);
        _process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // As a host stops its worker.
            using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Kill();
            }
        }

        _process.Dispose();
    }

    private static Process Launch(PublishedApp app, IReadOnlyDictionary<string, string> settings, int port, ConcurrentQueue<string> output)
    {
        var start = new ProcessStartInfo(app.Executable, app.Arguments) { WorkingDirectory = app.Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MLOPS_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "custom";
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}";
        start.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = "worker-1";
        start.Environment["FUNCTIONS_APP_ROOT_PATH"] = app.Folder;
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Keep(string? line)
        {
            if (line is not null) output.Enqueue(line);
        }
    }

    private async Task AnswersAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < s_startPatience)
        {
            if (_process.HasExited) throw new HostRuleException($"The handler ended with exit code {_process.ExitCode} before it listened. It said:\n{Output}");
            try
            {
                using var answer = await http.GetAsync(Address, cancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }

        throw new HostRuleException($"The handler did not listen within {s_startPatience}. It said:\n{Output}");
    }
}
