using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MlOps.Pipelines.Approvals;

/// <summary>Who changed a pipeline's folder (its gates, its features, its training code), by the word of git.</summary>
internal sealed class ChangeAuthors(IOptions<PipelineOptions> options, ILogger<ChangeAuthors> logger)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Addresses and names of the authors. Without git, or outside of a repository, nobody.</summary>
    /// <param name="runId">The run that asks, for the log.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="since">Only changes after this; <see langword="null"/>: the last change.</param>
    /// <param name="cancellationToken">Stops the question.</param>
    public async Task<IReadOnlyList<string>> FindAsync(string runId, string pipeline, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetFullPath(options.Value.WorkflowsFolder), pipeline);
        if (!IsInRepository(folder)) return [];
        string[] which = since is { } time ? ["--since", $"{time:O}"] : ["-1"];
        try
        {
            var text = await AskAsync(folder, ["log", .. which, "--format=%ae%n%an", "--", "."], cancellationToken);
            return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.OrdinalIgnoreCase)];
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or TimeoutException)
        {
            logger.AuthorsUnknown(runId, error.Message);
            return [];
        }
    }

    private static bool IsInRepository(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (Path.Exists(Path.Combine(at.FullName, ".git"))) return true;
        }

        return false;
    }

    private static async Task<string> AskAsync(string folder, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        try
        {
            var (text, problem) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode is 0 ? await text : throw new InvalidOperationException($"git: {(await problem).Trim()}");
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"git did not answer within {s_patience.TotalSeconds} s.", late);
        }
    }
}
