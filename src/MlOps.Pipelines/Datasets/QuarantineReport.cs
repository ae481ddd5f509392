using MlOps.Core.Runs;

namespace MlOps.Pipelines.Datasets;

/// <summary>Why files of a run could not be used: <c>quarantine/&lt;pipeline&gt;/&lt;run&gt;/report.json</c>; the files lie below <c>files/</c> beside it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Files">The files, in the order in which they were found out.</param>
internal sealed record QuarantineReport(string Run, IReadOnlyList<QuarantinedFile> Files)
{
    public static string NameOf(RunRequest run) => $"quarantine/{run.Pipeline}/{run.RunId}/report.json";
}

/// <summary>A file that could not be used.</summary>
/// <param name="File">Its name.</param>
/// <param name="Reason">All of the following in one sentence or two.</param>
/// <param name="Line">Line of text, from 1; <see langword="null"/> where the problem is not in one line.</param>
/// <param name="Column">The column; <see langword="null"/> where the problem is not in one column.</param>
/// <param name="Value">The value; <see langword="null"/> where the problem is not in one value.</param>
/// <param name="Problem">The rule that is broken.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="At">When it was set apart, UTC.</param>
internal sealed record QuarantinedFile(
    string File, string Reason, long? Line, string? Column, string? Value, string Problem, string Remedy, DateTimeOffset At);
