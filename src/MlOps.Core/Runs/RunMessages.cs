using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;

namespace MlOps.Core.Runs;

/// <summary>Input of a run's orchestration.</summary>
/// <param name="RunId">Id of the run.</param>
/// <param name="Pipeline">The pipeline; its specification as of the start stands in <c>runs/&lt;id&gt;/pipeline.yaml</c>.</param>
/// <param name="Endpoint">The endpoint that a released candidate answers on.</param>
/// <param name="Files">Blobs to ingest; empty: train on the newest dataset version there is.</param>
/// <param name="AutoApprovedBy">Who asked for approval without a further question.</param>
public sealed record RunRequest(string RunId, string Pipeline, string Endpoint, IReadOnlyList<string> Files, string? AutoApprovedBy);

/// <summary>How a run ended.</summary>
/// <param name="Status">A final status.</param>
/// <param name="Reason">Why there is no release; <see langword="null"/> when there is one.</param>
/// <param name="Model">The model version that came of it, whether released or not.</param>
public sealed record RunResult(RunStatus Status, string? Reason = null, ModelRef? Model = null)
{
    /// <summary>The candidate answers predictions.</summary>
    public static RunResult Released(ModelRef model) => new(RunStatus.Released, null, model);

    /// <summary>Validation, a gate or a person said no.</summary>
    public static RunResult Rejected(string reason, ModelRef? model = null) => new(RunStatus.Rejected, reason, model);

    /// <summary>An error stopped the run.</summary>
    public static RunResult Failed(string reason, ModelRef? model = null) => new(RunStatus.Failed, reason, model);

    /// <summary>A person stopped the run.</summary>
    public static RunResult Cancelled(string reason) => new(RunStatus.Cancelled, reason);
}

/// <summary>A dataset version inside a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Name">Name of the dataset: the pipeline's.</param>
/// <param name="Version">64 hexadecimal digits.</param>
/// <param name="Rows">Rows that could be read.</param>
/// <param name="Unreadable">Rows that could not.</param>
public sealed record DatasetRef(string RunId, string Name, string Version, long Rows, long Unreadable)
{
    /// <summary>The run that had ingested the same content before; <see langword="null"/>: it is new, or nothing was ingested.</summary>
    public string? KnownFrom { get; init; }

    /// <summary>Dropped files that were left out, since another file of the drop has the same bytes; <see langword="null"/>: none.</summary>
    public IReadOnlyList<string>? Repeats { get; init; }

    /// <summary>Dropped files that were left out, since earlier versions in the window hold them; <see langword="null"/>: none.</summary>
    public IReadOnlyList<string>? Known { get; init; }
}

/// <summary>The pages that describe a dataset version.</summary>
/// <param name="Files">Their blob names.</param>
public sealed record DatasetDescription(IReadOnlyList<string> Files);

/// <summary>The examples of a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Folder">Blob prefix of the feature files.</param>
/// <param name="TrainRows">Examples to train on.</param>
/// <param name="ValidationRows">Examples that choose among trials.</param>
/// <param name="TestRows">Untouched examples.</param>
/// <param name="Datasets">The dataset versions that they were made of, oldest first.</param>
public sealed record FeatureSetRef(
    string RunId, string Folder, long TrainRows, long ValidationRows, long TestRows, IReadOnlyList<string> Datasets)
{
    /// <summary>What the checks of leakage found that are not met, severity fail or warn; <see langword="null"/>: nothing.</summary>
    public IReadOnlyList<CheckResult>? Leakage { get; init; }

    /// <summary>Why nothing may be trained on the examples; <see langword="null"/>: it may.</summary>
    public string? Refusal { get; init; }
}

/// <summary>One trial to run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Features">The examples.</param>
/// <param name="Trial">Its number, from 1.</param>
/// <param name="Trainer">The trainer.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Command">Trainer <c>command</c>: the program and its first arguments; otherwise <see langword="null"/>.</param>
public sealed record TrialRequest(
    string RunId, FeatureSetRef Features, int Trial, string Trainer, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<string>? Command = null);

/// <summary>How a trial ended.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Score">The search's metric; NaN when it failed.</param>
/// <param name="Folder">Blob prefix of its files; empty when it failed.</param>
/// <param name="Error">Why it failed.</param>
public sealed record TrialOutcome(int Trial, double Score, string Folder, string? Error = null);

/// <summary>The trials of a search and how many may run at once.</summary>
/// <param name="Trials">The trials, in order.</param>
/// <param name="Parallel">Most at once.</param>
/// <param name="Maximize">Whether more is better.</param>
public sealed record SearchPlan(IReadOnlyList<TrialRequest> Trials, int Parallel, bool Maximize)
{
    /// <summary>Where the trials are trained.</summary>
    public TrainingPlace Place { get; init; }
}

/// <summary>Where trials are trained.</summary>
public enum TrainingPlace
{
    /// <summary>Processes of this machine.</summary>
    Local,

    /// <summary>Azure Machine Learning, a job a trial.</summary>
    AzureMl,

    /// <summary>Azure Machine Learning, one sweep job for all.</summary>
    AzureMlSweep,
}

/// <summary>The best trial's model, measured.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Folder">Blob prefix of the candidate's package.</param>
/// <param name="Trial">The trial that it came from.</param>
/// <param name="Sha256">Of its <c>model.onnx</c>.</param>
/// <param name="Package">Of its package: of <c>SHA256SUMS</c>.</param>
/// <param name="Metrics">Metric to value on the test part; latencies in milliseconds.</param>
public sealed record CandidateRef(string RunId, string Folder, int Trial, string Sha256, string Package, IReadOnlyDictionary<string, double> Metrics);

/// <summary>The version in production, measured on the candidate's test part.</summary>
/// <param name="Model">The version.</param>
/// <param name="Metrics">Metric to value.</param>
public sealed record ChampionRef(ModelRef Model, IReadOnlyDictionary<string, double> Metrics);

/// <summary>A model version.</summary>
/// <param name="Name">Name of the model: the pipeline's.</param>
/// <param name="Version">From 1.</param>
/// <param name="Sha256">Of its <c>model.onnx</c>.</param>
/// <param name="Package">Of its package: of <c>SHA256SUMS</c>; empty: released before packages were hashed as a whole.</param>
public sealed record ModelRef(string Name, int Version, string Sha256, string Package);

/// <summary>A candidate and what it is held against.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Champion">The version in production; <see langword="null"/> when there is none.</param>
public sealed record GateRequest(CandidateRef Candidate, ChampionRef? Champion);

/// <summary>A candidate that passed its gates.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Features">The examples that it was trained on.</param>
/// <param name="Gates">What the gates said.</param>
public sealed record RegisterRequest(CandidateRef Candidate, FeatureSetRef Features, GateReport Gates);
