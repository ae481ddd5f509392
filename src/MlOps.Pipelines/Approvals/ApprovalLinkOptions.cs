namespace MlOps.Pipelines.Approvals;

/// <summary>How links to the approval page are signed. Bound to the section <c>Approvals</c>.</summary>
public sealed record ApprovalLinkOptions
{
    /// <summary>The key, base64 of at least 32 bytes; a secret. Default: the one of <see cref="LinkKeyFile"/>.</summary>
    public string? LinkKey { get; set; }

    /// <summary>File that keeps the key, readable by its owner alone; made where it is missing. Default: none.</summary>
    public string? LinkKeyFile { get; set; }
}
