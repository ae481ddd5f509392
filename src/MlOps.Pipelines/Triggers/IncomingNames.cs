namespace MlOps.Pipelines.Triggers;

/// <summary>Which names in an incoming folder are those of files that are still being made.</summary>
public static class IncomingNames
{
    private static readonly string[] s_unfinishedSuffixes = [".tmp", ".part", ".partial", ".crdownload", "~"];

    /// <summary>The rule, for people.</summary>
    public static string UnfinishedRule { get; } = $"it begins with . or _, or ends with one of {string.Join(' ', s_unfinishedSuffixes)}";

    /// <summary>Whether a name in an incoming folder says that its file is not finished.</summary>
    public static bool IsUnfinished(string name) => IsHidden(name) || IsBeingWritten(name);

    /// <summary>Whether a name is one that other programs give to their marks and notes: <c>.DS_Store</c>, <c>_SUCCESS</c>.</summary>
    internal static bool IsHidden(string name) => name.StartsWith('.') || name.StartsWith('_');

    /// <summary>Whether an entry of a run's files is a folder.</summary>
    internal static bool IsFolder(string entry) => entry.EndsWith('/');

    /// <summary>What people call an entry of a run's files: its name in the incoming folder, for a folder with the slash.</summary>
    internal static string NameOf(string entry) => entry[(entry.AsSpan(0, entry.Length - 1).LastIndexOf('/') + 1)..];

    /// <summary>Whether a name inside a dropped folder says that the folder is not finished.</summary>
    internal static bool IsBeingWritten(string name) =>
        name is "_temporary" || Array.Exists(s_unfinishedSuffixes, s => name.EndsWith(s, StringComparison.OrdinalIgnoreCase));
}
