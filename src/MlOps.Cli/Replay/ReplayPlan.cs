namespace MlOps.Cli.Replay;

/// <summary>What to replay.</summary>
internal sealed record ReplayPlan
{
    /// <summary>The pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>First day that is predicted; what lies before it trains the first model. <see langword="null"/>: the first day that the pipeline's first run does not have.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Last day; <see langword="null"/>: the last one that there is.</summary>
    public DateOnly? To { get; init; }

    /// <summary>Most rows of a day that are predicted.</summary>
    public required int Rows { get; init; }

    /// <summary>What a candidate must meet to take the champion's place, beside the pipeline's own gates; <see langword="null"/>: be better by its search's metric, with 95 % confidence.</summary>
    public string? Gate { get; init; }

    /// <summary>Folder of the replay: its home, its copy of the workflow, its results. New or empty.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the chart goes.</summary>
    public required string Chart { get; init; }
}
