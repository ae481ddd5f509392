using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MlOps.Core.Json;

namespace MlOps.Pipelines.Training;

/// <summary>What a trainer is started with.</summary>
internal sealed record TrainerOrder(string SpecPath, string DataFolder, string OutFolder, TimeSpan Timeout);

/// <summary>How far a trainer is: share of its rounds in [0, 1], and the search's metric so far.</summary>
internal sealed record TrainerProgress(double Share, double? Value);

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
        using var process = Process.Start(StartInfoOf(order)) ?? throw new InvalidOperationException("The trainer could not be started.");
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
        var path = Path.GetFullPath(options.Value.TrainerPath);
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) is "dotnet" ? host : "dotnet")
        {
            UseShellExecute = false,
            // Its end tells the trainer that this process is gone, even after kill -9.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = [path, "--spec", order.SpecPath, "--data", order.DataFolder, "--out", order.OutFolder, "--exit-with-stdin"];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private static async Task FollowAsync(StreamReader output, Func<TrainerProgress, Task> onProgress, CancellationToken cancellationToken)
    {
        while (await output.ReadLineAsync(cancellationToken) is { } line)
        {
            if (TryParse(line) is { } progress) await onProgress(progress);
        }
    }

    /// <summary>A line of progress; <see langword="null"/> for anything else that a trainer prints.</summary>
    private static TrainerProgress? TryParse(string line)
    {
        try
        {
            var round = JsonSerializer.Deserialize<RoundLine>(line, MlOpsJson.Compact);
            return round is { Event: "round", Rounds: > 0 } ? new((double)round.Round / round.Rounds, round.Value) : null;
        }
        catch (JsonException)
        {
            return null;
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

    private sealed record RoundLine(string? Event, int Round, int Rounds, double? Value);
}
