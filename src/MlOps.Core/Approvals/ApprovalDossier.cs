using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Evaluation;
using MlOps.Core.Runs;

namespace MlOps.Core.Approvals;

/// <summary>All that approvers should know before they decide, as it was when they were asked: <c>runs/&lt;id&gt;/approve/dossier.json</c>.</summary>
public sealed record ApprovalDossier
{
    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>What it predicts, in one line.</summary>
    public string Description { get; init; } = "";

    /// <summary>Who started the run.</summary>
    public required string StartedBy { get; init; }

    /// <summary>What started it.</summary>
    public required RunTrigger Trigger { get; init; }

    /// <summary>The version in production that the candidate would replace; <see langword="null"/>: there is none.</summary>
    public ModelRef? Champion { get; init; }

    /// <summary>Rows of the untouched test part that both were measured on.</summary>
    public long TestRows { get; init; }

    /// <summary>The metrics of both on the same rows.</summary>
    public IReadOnlyList<MetricComparison> Metrics { get; init; } = [];

    /// <summary>What the gates said.</summary>
    public IReadOnlyList<GateResult> Gates { get; init; } = [];

    /// <summary>The candidate's leading metric within parts of the data.</summary>
    public IReadOnlyList<SliceFinding> Slices { get; init; } = [];

    /// <summary>What validation said of the newest dataset version.</summary>
    public ValidationVerdict? Validation { get; init; }

    /// <summary>How the data differs from what the champion was trained on; <see langword="null"/>: nothing to compare with.</summary>
    public DriftReport? Drift { get; init; }

    /// <summary>What the candidate was trained on, oldest first.</summary>
    public IReadOnlyList<DatasetFacts> Data { get; init; } = [];

    /// <summary>What the champion was trained on, oldest first.</summary>
    public IReadOnlyList<DatasetFacts> ChampionData { get; init; } = [];

    /// <summary>Trainer and parameters of both.</summary>
    public IReadOnlyList<ParameterComparison> Parameters { get; init; } = [];

    /// <summary>The pipeline's file, from the champion's to the candidate's, as <c>diff -u</c> writes it; empty: the same.</summary>
    public string PipelineChanges { get; init; } = "";

    /// <summary>The model card, Markdown.</summary>
    public string Card { get; init; } = "";

    /// <summary>The newest dataset version's datasheet, Markdown; empty where there is none yet.</summary>
    public string Datasheet { get; init; } = "";
}

/// <summary>A metric of the candidate and of the champion.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Candidate">The candidate's value.</param>
/// <param name="Champion">The champion's; <see langword="null"/>: none.</param>
/// <param name="MoreIsBetter">Which way is better; <see langword="null"/>: neither.</param>
/// <param name="Interval">The candidate's 95 % interval; <see langword="null"/> where there is none.</param>
public sealed record MetricComparison(string Name, double Candidate, double? Champion, bool? MoreIsBetter, ConfidenceInterval? Interval);

/// <summary>A metric of the candidate on a part of the data.</summary>
/// <param name="Slice">What the data is divided by.</param>
/// <param name="Value">The part.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Result">Its value there.</param>
/// <param name="Overall">Its value over all rows.</param>
public sealed record SliceFinding(string Slice, string Value, long Rows, string Metric, double Result, double Overall);

/// <summary>A dataset version in short.</summary>
/// <param name="Version">64 hexadecimal digits.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="From">Oldest time stamp.</param>
/// <param name="To">Newest time stamp.</param>
public sealed record DatasetFacts(string Version, long Rows, DateTime? From, DateTime? To);

/// <summary>A parameter of training, of the candidate and of the champion.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Candidate">The candidate's; <see langword="null"/>: it has none.</param>
/// <param name="Champion">The champion's; <see langword="null"/>: it has none.</param>
public sealed record ParameterComparison(string Name, string? Candidate, string? Champion);
