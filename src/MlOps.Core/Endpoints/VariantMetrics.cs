namespace MlOps.Core.Endpoints;

/// <summary>What one variant of an endpoint did in a window of time. Counts begin anew when the variant names another model version.</summary>
public sealed record VariantMetrics
{
    /// <summary>Name of the variant.</summary>
    public required string Name { get; init; }

    /// <summary>Name of its model.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required int Version { get; init; }

    /// <summary>Requests that it computed, whatever became of them: by weight, by its name, or mirrored.</summary>
    public required long Requests { get; init; }

    /// <summary>Those of <see cref="Requests"/> that it failed to answer and whose caller was not at fault: status 500 and above.</summary>
    public required long Errors { get; init; }

    /// <summary>Those of <see cref="Requests"/> that were refused for what was in them: status 400 to 499.</summary>
    public long Refused { get; init; }

    /// <summary>Rows that it answered.</summary>
    public long Rows { get; init; }

    /// <summary>Median time of an answered request inside the server, in milliseconds; absent without any.</summary>
    public double? LatencyP50 { get; init; }

    /// <summary>Time that 99 of 100 answered requests stayed below, in milliseconds; absent without any.</summary>
    public double? LatencyP99 { get; init; }

    /// <summary>
    /// Mean score of the answered rows: probability of the positive class (binary), of the likeliest class (multiclass), or the value
    /// (regression); absent without any.
    /// </summary>
    public double? PredictionMean { get; init; }

    /// <summary>How those scores are distributed; absent without any. All variants of an endpoint have the same edges.</summary>
    public ScoreHistogram? Scores { get; init; }

    /// <summary>Multiclass: answered rows by their likeliest class; otherwise absent.</summary>
    public IReadOnlyDictionary<string, long>? Classes { get; init; }

    /// <summary>How the answers to mirrored requests compare with those that were returned; absent for a variant that none are mirrored to.</summary>
    public MirrorComparison? Mirror { get; init; }
}

/// <summary>Counts of scores by bin. For probabilities the bins are 0.02 wide; for a regression they span the values of the champion's golden rows and half their range on either side.</summary>
/// <param name="Edges">Inner edges, ascending: bin i holds scores in [edge i-1, edge i); the first and the last bin are open.</param>
/// <param name="Counts">One more than edges.</param>
public sealed record ScoreHistogram(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);

/// <summary>A variant's answers to mirrored requests beside the answers that were returned.</summary>
/// <param name="Rows">Rows that both answered.</param>
/// <param name="Agreeing">Rows whose answers are the same: the same class, or, for a regression, values that differ by at most 5 % of the returned one.</param>
/// <param name="MeanDifference">Mean absolute difference of the scores.</param>
public sealed record MirrorComparison(long Rows, long Agreeing, double MeanDifference);
