namespace MlOps.Storage.Datasets;

/// <summary>The pages that describe a dataset version, below <c>datasets/&lt;name&gt;/&lt;version&gt;/</c>.</summary>
public static class DatasetFiles
{
    /// <summary>A <c>DatasetProfile</c>.</summary>
    public const string Profile = "profile.json";

    /// <summary>The profile as one self-contained page.</summary>
    public const string ProfilePage = "profile.html";

    /// <summary>Where the data comes from, what is in it and what was done to it; Markdown.</summary>
    public const string Datasheet = "datasheet.md";

    /// <summary>What validation said last: a <c>ValidationReport</c> without samples.</summary>
    public const string Validation = "validation.json";

    /// <summary>All that may be asked for by name.</summary>
    public static IReadOnlyList<string> All { get; } = [Profile, ProfilePage, Datasheet, Validation];
}
