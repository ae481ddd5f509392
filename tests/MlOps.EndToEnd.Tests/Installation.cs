using System.Diagnostics;
using System.Text.Json;
namespace MlOps.EndToEnd.Tests;

/// <summary>An installation of its own: an empty home, and the command line as a user runs it.</summary>
internal sealed class Installation : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlops-e2e-").FullName;

    public Installation(string? repository = null, string? home = null)
    {
        RepositoryRoot = repository ?? Repository.Root;
        Home = home ?? Path.Combine(_folder, "home");
    }

    public string RepositoryRoot { get; }

    public string Home { get; }

    /// <summary>Settings that every command gets beside its own.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    public string PathOf(string relative) => Path.Combine(Home, relative);

    /// <summary>Starts a command; the caller waits for it or kills it.</summary>
    public CommandProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["MLOPS_HOME"] = Home;
        start.Environment["MLOPS_REPOSITORY"] = RepositoryRoot;
        foreach (var (name, value) in Settings) start.Environment[name] = value;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mlops.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new CommandProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await process.EndAsync(2 * Eventually.Patience);
    }

    /// <summary>Drops a file as a user does: written under another name, then moved in.</summary>
    public void Drop(string pipeline, string name, byte[] content)
    {
        var target = PathOf($"incoming/{pipeline}/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var unfinished = PathOf($"incoming/{pipeline}/.dropping");
        File.WriteAllBytes(unfinished, content);
        File.Move(unfinished, target, overwrite: true);
    }

    public void Drop(string pipeline, string name, string content) => Drop(pipeline, name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Waits until a file or folder of the home is there.</summary>
    public Task AppearsAsync(string relative) => Eventually.HoldsAsync(() => Path.Exists(PathOf(relative)), () => $"{relative} is not there");

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A trainer that was just orphaned may still write; the folder is in the temporary folder anyway.
        }
    }
}

/// <summary>A command that runs.</summary>
internal sealed class CommandProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    public CommandProcess(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public bool HasEnded => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>SIGTERM, as a service manager stops it; waits for the end.</summary>
    public async Task<CommandResult> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        return await EndAsync(Eventually.Patience);
    }

    /// <summary>kill -9, as a power cut would.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Kills the command once the time is over; false when it had ended by itself.</summary>
    public async Task<bool> KillAfterAsync(TimeSpan time)
    {
        using var timer = new CancellationTokenSource(time);
        try
        {
            await _process.WaitForExitAsync(timer.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            Kill();
            return true;
        }
    }

    public async Task<CommandResult> EndAsync(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException over)
        {
            Kill();
            throw new TimeoutException($"The command did not end within {patience}. It said: {await _errors}", over);
        }

        return new CommandResult(_process.ExitCode, await _output, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);

    /// <summary>Fails the test with everything the command said when its exit code is another.</summary>
    public CommandResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, expected {exitCode}\n{Output}\n{Errors}");
        return this;
    }
}
