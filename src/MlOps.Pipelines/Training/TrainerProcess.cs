using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Options;

namespace MlOps.Pipelines.Training;

/// <summary>What a trainer is started with.</summary>
internal sealed record TrainerOrder(string SpecPath, string DataFolder, string OutFolder, TimeSpan Timeout)
{
    /// <summary>Somebody's own program and its first arguments; <see langword="null"/>: ours.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>The pipeline, in whose folder such a program starts.</summary>
    public required string Pipeline { get; init; }
}

/// <summary>How a trainer ended; <see langword="null"/> where it ended well.</summary>
internal sealed record TrainerEnd(string? Error);

/// <summary>Runs the training program as a child process that never outlives this one.</summary>
internal sealed class TrainerProcess(IOptions<PipelineOptions> options, TimeProvider time)
{
    private const int KeptLines = 20;

    public async Task<TrainerEnd> RunAsync(TrainerOrder order, Func<TrainerProgress, Task> onProgress, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(order.Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var process = TryStart(StartInfoOf(order), out var refusal);
        if (process is null) return new TrainerEnd(refusal);
        try
        {
            var errors = LastLinesAsync(process.StandardError, stop.Token);
            await FollowAsync(process.StandardOutput, onProgress, stop.Token);
            await process.WaitForExitAsync(stop.Token);
            return process.ExitCode is 0 ? new(null) : new TrainerEnd($"The trainer ended with exit code {process.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new TrainerEnd($"The trainer was stopped after {order.Timeout}, the training's timeout. Raise 'training.timeout' or search smaller models.");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private ProcessStartInfo StartInfoOf(TrainerOrder order)
    {
        string[] contract = ["--spec", order.SpecPath, "--data", order.DataFolder, "--out", order.OutFolder];
        if (order.Command is { Count: > 0 } command)
            return StartInfo(command[0], [.. command.Skip(1), .. contract], Path.GetFullPath(Path.Combine(options.Value.WorkflowsFolder, order.Pipeline)));

        var (program, first) = OurTrainer(Path.GetFullPath(options.Value.TrainerPath));
        return StartInfo(program, [.. first, .. contract, "--exit-with-stdin"], workingFolder: "");
    }

    /// <summary>Our trainer starts as this process did: by the dotnet on this machine, or, where the app brings its own runtime, by itself.</summary>
    private static (string Program, IEnumerable<string> Arguments) OurTrainer(string library)
    {
        var self = Environment.ProcessPath;
        if (self is not null && Path.GetFileNameWithoutExtension(self) is "dotnet") return (self, [library]);
        var program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(program) ? (program, []) : ("dotnet", [library]);
    }

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, string workingFolder)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            // Its end tells the trainer that this process is gone, even after kill -9.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private static Process? TryStart(ProcessStartInfo start, out string? refusal)
    {
        try
        {
            refusal = null;
            return Process.Start(start) ?? throw new InvalidOperationException("A new process was asked for.");
        }
        catch (Win32Exception e)
        {
            refusal = $"The trainer '{start.FileName}' could not be started in '{start.WorkingDirectory}': {e.Message}. Install it, or correct 'command' in the pipeline.";
            return null;
        }
    }

    private static async Task FollowAsync(StreamReader output, Func<TrainerProgress, Task> onProgress, CancellationToken cancellationToken)
    {
        while (await output.ReadLineAsync(cancellationToken) is { } line)
        {
            if (TrainerProgress.TryParse(Encoding.UTF8.GetBytes(line)) is { } progress) await onProgress(progress);
        }
    }

    private static async Task<string> LastLinesAsync(StreamReader errors, CancellationToken cancellationToken)
    {
        var kept = new Queue<string>();
        while (await errors.ReadLineAsync(cancellationToken) is { } line)
        {
            if (kept.Count == KeptLines) kept.Dequeue();
            kept.Enqueue(line);
        }

        return string.Join('\n', kept);
    }
}
