namespace MlOps.Core.Models;

/// <summary>One version of a model in the registry.</summary>
public sealed record ModelVersionRecord
{
    /// <summary>Name of the model: the pipeline's.</summary>
    public required string Name { get; init; }

    /// <summary>From 1, without gaps.</summary>
    public required int Version { get; init; }

    /// <summary>Where it stands in its life.</summary>
    public required ModelStage Stage { get; init; }

    /// <summary>The run that made it.</summary>
    public required string RunId { get; init; }

    /// <summary>The dataset versions that it was trained on, oldest first.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>SHA-256 of its <c>model.onnx</c>, 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 of its package: of <c>SHA256SUMS</c>, which lists the hash of every file that is released with the graph. <see langword="null"/>: registered before packages were hashed as a whole.</summary>
    public string? Package { get; init; }

    /// <summary>Blob prefix of its package: <c>models/&lt;name&gt;/&lt;version&gt;/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Metric to value on the test part.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>When it was registered, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Every move of its life, oldest first.</summary>
    public IReadOnlyList<StageChange> History { get; init; } = [];
}

/// <summary>One move in the life of a model version.</summary>
/// <param name="Stage">The stage it moved to.</param>
/// <param name="At">When, UTC.</param>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record StageChange(ModelStage Stage, DateTimeOffset At, string By, string Reason);
