namespace MlOps.Storage;

/// <summary>What is stored is not the document that was expected there: somebody else wrote it, or another version of this program.</summary>
public sealed class StoredDocumentException(string place, Type expected, Exception? cause)
    : IOException($"'{place}' holds no {expected.Name}: {cause?.Message ?? "it is null."} Restore it from a backup, or remove it.", cause)
{
    /// <summary>Where it is stored.</summary>
    public string Place { get; } = place;
}
