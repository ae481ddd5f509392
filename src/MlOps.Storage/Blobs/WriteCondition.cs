namespace MlOps.Storage.Blobs;

/// <summary>When a write may happen.</summary>
public sealed record WriteCondition
{
    private WriteCondition(bool mustNotExist, string? eTag) => (MustNotExist, ETag) = (mustNotExist, eTag);

    /// <summary>Always.</summary>
    public static WriteCondition None { get; } = new(false, null);

    /// <summary>Only when there is nothing of that name.</summary>
    public static WriteCondition IfAbsent { get; } = new(true, null);

    /// <summary>Whether the name must be free.</summary>
    public bool MustNotExist { get; }

    /// <summary>The ETag that must still be current; <see langword="null"/>: any.</summary>
    public string? ETag { get; }

    /// <summary>Only when the content is still the one that had this ETag.</summary>
    public static WriteCondition IfMatch(string eTag) => new(false, eTag);
}
