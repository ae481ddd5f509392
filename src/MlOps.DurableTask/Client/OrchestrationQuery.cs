namespace MlOps.DurableTask;

/// <summary>Which instances; every condition that is given must hold.</summary>
public sealed record OrchestrationQuery
{
    /// <summary>In one of these states. Default: any.</summary>
    public IReadOnlyCollection<OrchestrationRuntimeStatus>? Statuses { get; init; }

    /// <summary>Of these orchestrators. Default: any.</summary>
    public IReadOnlyCollection<string>? Names { get; init; }

    /// <summary>Created at or after this time.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Created before this time.</summary>
    public DateTimeOffset? CreatedTo { get; init; }

    /// <summary>Finished at or after this time.</summary>
    public DateTimeOffset? CompletedFrom { get; init; }

    /// <summary>Finished before this time.</summary>
    public DateTimeOffset? CompletedTo { get; init; }

    /// <summary>With an id that starts so, compared exactly.</summary>
    public string? InstanceIdPrefix { get; init; }

    /// <summary>With all of these labels. Default: any.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Whether inputs, outputs and custom statuses are read too. Default: no.</summary>
    public bool FetchInputsAndOutputs { get; init; }

    /// <summary>Newest first instead of oldest first. Default: oldest first.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>Most instances a page, 1 to 1,000. Default: 100.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Goes on where an earlier page ended: its <see cref="OrchestrationPage.ContinuationToken"/>. Default: from the start.</summary>
    public string? ContinuationToken { get; init; }
}

/// <summary>Some of the instances that a query finds.</summary>
/// <param name="Instances">In order of their creation.</param>
/// <param name="ContinuationToken">Asks for the next page; <see langword="null"/> when this is the last.</param>
public sealed record OrchestrationPage(IReadOnlyList<OrchestrationMetadata> Instances, string? ContinuationToken);
