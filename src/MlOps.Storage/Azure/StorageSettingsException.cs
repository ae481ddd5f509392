namespace MlOps.Storage.Azure;

/// <summary>The settings of storage cannot be used; every problem is told at once.</summary>
public sealed class StorageSettingsException(IReadOnlyList<string> problems)
    : Exception($"Storage is not configured: {string.Join(' ', problems)}")
{
    /// <summary>One sentence a problem, each naming its setting.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
