using System.Diagnostics;
using System.Text;

namespace MlOps.DurableTask.Sidecar.Tests;

/// <summary>A script of <c>js/</c> in a process of its own. Killed, not asked, when disposed.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(string script, IEnumerable<string> arguments)
        : this(script, StartOf([Path.Combine(ScriptsFolder, script), .. arguments]))
    {
    }

    private NodeProcess(string script, ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _ = _process.WaitForExitAsync().ContinueWith(
            _ => _ready.TrySetException(new InvalidOperationException($"{script} ended early: {Output}")), TaskScheduler.Default);
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts a worker and waits until it is connected.</summary>
    public static async Task<NodeProcess> StartWorkerAsync(string address, params string[] arguments)
    {
        var worker = new NodeProcess("worker.cjs", [address, .. arguments]);
        await worker.WithinPatienceAsync(patience => worker._ready.Task.WaitAsync(patience));
        return worker;
    }

    /// <summary>Runs a scenario of <c>scenarios.cjs</c>: its asserts are the test.</summary>
    public static async Task RunScenarioAsync(string scenario, string address)
    {
        using var node = new NodeProcess("scenarios.cjs", [address, scenario]);
        await node.WithinPatienceAsync(node._process.WaitForExitAsync);
        Assert.True(node._process.ExitCode == 0, $"{scenario} failed:\n{node.Output}");
    }

    /// <summary>Runs code as a file of the repository would run, and gives what it prints.</summary>
    public static async Task<string> RunCodeAsync(string code, string address)
    {
        var start = StartOf(["--eval", code]);
        start.WorkingDirectory = RepositoryRoot();
        start.Environment["DURABLE_TASK_ADDRESS"] = address;
        using var node = new NodeProcess("the code", start);
        await node.WithinPatienceAsync(node._process.WaitForExitAsync);
        return node.Output;
    }

    /// <summary>Waits until the script has printed a line that starts so.</summary>
    public async Task<string> LineAsync(string start)
    {
        string? LineOf(string output) => output.Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
        return LineOf(await Eventually.GetAsync(() => Task.FromResult(Output), output => LineOf(output) is not null))!;
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private async Task WithinPatienceAsync(Func<CancellationToken, Task> wait)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        try
        {
            await wait(patience.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new TimeoutException($"The script did not do what it should within {Eventually.Patience}. It said: {Output}", over);
        }
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Append(line).Append('\n');
        if (line == "ready")
            _ready.TrySetResult();
    }

    private static string ScriptsFolder => Path.Combine(RepositoryRoot(), "tests", "MlOps.DurableTask.Sidecar.Tests", "js");

    private static ProcessStartInfo StartOf(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    public static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MlOps.Functions.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds MlOps.Functions.sln.");
    }
}
