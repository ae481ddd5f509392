namespace MlOps.Pipelines.Triggers;

/// <summary>Which names in an incoming folder are those of files that are still being made.</summary>
public static class IncomingNames
{
    private static readonly string[] UnfinishedSuffixes = [".tmp", ".part", ".partial", ".crdownload", "~"];

    /// <summary>The rule, for people.</summary>
    public static string UnfinishedRule { get; } = $"it begins with . or _, or ends with one of {string.Join(' ', UnfinishedSuffixes)}";

    /// <summary>Whether a name says that its file is not finished.</summary>
    public static bool IsUnfinished(string name) =>
        name.StartsWith('.') || name.StartsWith('_') || Array.Exists(UnfinishedSuffixes, s => name.EndsWith(s, StringComparison.OrdinalIgnoreCase));
}
