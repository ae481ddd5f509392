using MlOps.Core.Datasets;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification;
using MlOps.Core.Training;

namespace MlOps.Core.Models;

/// <summary>All that a model card says, as the records of the system hold it.</summary>
public sealed record ModelCardFacts
{
    /// <summary>The pipeline that made the model.</summary>
    public required PipelineSpec Pipeline { get; init; }

    /// <summary>The model version.</summary>
    public required ModelVersionRecord Model { get; init; }

    /// <summary>What it takes and answers.</summary>
    public required ModelSignature Signature { get; init; }

    /// <summary>Why the engine computes the inputs of prediction requests; <see langword="null"/>: compiled expressions do.</summary>
    public string? EngineReason { get; init; }

    /// <summary>The dataset versions that it was trained on, oldest first.</summary>
    public required IReadOnlyList<DatasetRecord> Datasets { get; init; }

    /// <summary>The trial that was chosen.</summary>
    public required PlannedTrial Trial { get; init; }

    /// <summary>What its trainer measured.</summary>
    public required TrialMetrics Training { get; init; }

    /// <summary>What was measured on the test part.</summary>
    public required EvaluationReport Evaluation { get; init; }

    /// <summary>What became of the gates.</summary>
    public required GateReport Gates { get; init; }
}
