namespace MlOps.Core.Monitoring;

/// <summary>What a monitor looks at.</summary>
public enum MonitorKind
{
    /// <summary>Missing, invalid and unseen values among the inputs.</summary>
    Quality,

    /// <summary>The inputs' distribution, against the data that the model was trained on.</summary>
    Drift,

    /// <summary>The distribution of the model's answers, against that of its evaluation.</summary>
    PredictionDrift,

    /// <summary>The model's metrics, on the answers whose label has come.</summary>
    Performance,

    /// <summary>The model's metrics as its own probabilities let expect them, before any label comes.</summary>
    EstimatedPerformance,

    /// <summary>Differences between groups of those who are answered.</summary>
    Fairness,

    /// <summary>Latency, errors and number of requests.</summary>
    Service,

    /// <summary>Age of the model, of its data and of the newest label.</summary>
    Staleness,

    /// <summary>A change in the model's errors, label by label.</summary>
    ConceptDrift,
}

/// <summary>How monitors are called in files, addresses and commands.</summary>
public static class MonitorNames
{
    /// <summary>All names, in the order of <see cref="MonitorKind"/>.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<MonitorKind>().Select(NameOf)];

    /// <summary>A monitor's name: <c>predictionDrift</c>.</summary>
    public static string NameOf(MonitorKind kind)
    {
        var name = kind.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>The monitor of a name, or <see langword="null"/>.</summary>
    public static MonitorKind? Find(string name) =>
        All.Contains(name, StringComparer.Ordinal) ? Enum.Parse<MonitorKind>(name, ignoreCase: true) : null;
}
