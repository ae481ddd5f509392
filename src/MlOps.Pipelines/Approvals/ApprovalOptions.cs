namespace MlOps.Pipelines.Approvals;

/// <summary>What approvals need of the host. Bound to the section <c>Approvals</c>.</summary>
public sealed record ApprovalOptions
{
    /// <summary>Roles for every pipeline: name to members. A role of the same name in a pipeline's file goes before. Default: none.</summary>
    public IDictionary<string, IList<string>> Roles { get; } = new Dictionary<string, IList<string>>(StringComparer.Ordinal);

    /// <summary>The key, base64 of at least 32 bytes; a secret. Default: the one of <see cref="LinkKeyFile"/>.</summary>
    public string? LinkKey { get; set; }

    /// <summary>File that keeps the key, readable by its owner alone; made where it is missing. Default: none.</summary>
    public string? LinkKeyFile { get; set; }
}
