using System.Globalization;
using System.Text.RegularExpressions;

namespace MlOps.Monitoring.Logging;

/// <summary>Where an endpoint's predictions and labels lie: <c>predictions/&lt;endpoint&gt;/…</c>.</summary>
public static partial class PredictionFiles
{
    /// <summary>Ending of a file with the labels of a day.</summary>
    public const string LabelsEnding = ".labels.parquet";

    /// <summary>Ending of a file with the predictions of a day.</summary>
    public const string AnswersEnding = ".answers.parquet";

    /// <summary>Blob with the key of hidden values; made at the first use, the same for all endpoints.</summary>
    public const string HashKey = "predictions/.key";

    /// <summary>What of the pipeline's <c>monitors</c> those who log and label must know.</summary>
    public static string SettingsOf(string endpoint) => $"endpoints/{endpoint}/monitoring.json";

    /// <summary>Everything of an endpoint.</summary>
    public static string FolderOf(string endpoint) => $"predictions/{endpoint}/";

    /// <summary>Answers as they were logged, not yet sorted into days.</summary>
    public static string SegmentsOf(string endpoint) => $"{FolderOf(endpoint)}segments/";

    /// <summary>The batch of segments that is being sorted into days.</summary>
    public static string CompactionOf(string endpoint) => $"{FolderOf(endpoint)}compaction.json";

    /// <summary>Predictions and labels of one day of event time.</summary>
    public static string DayOf(string endpoint, DateOnly day) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(endpoint)}{day:yyyy/MM/dd}/");

    /// <summary>Labels as they came.</summary>
    public static string NewLabelsOf(string endpoint) => $"{FolderOf(endpoint)}labels/new/";

    /// <summary>Labels whose prediction has not come yet.</summary>
    public static string WaitingLabelsOf(string endpoint) => $"{FolderOf(endpoint)}labels/waiting/";

    /// <summary>Labels whose prediction never came.</summary>
    public static string UnknownLabelsOf(string endpoint) => $"{FolderOf(endpoint)}labels/unknown/";

    /// <summary>Labels that say otherwise than the one that stands.</summary>
    public static string ContradictingLabelsOf(string endpoint) => $"{FolderOf(endpoint)}labels/contradicting/";

    /// <summary>Labels that were put right, before and after.</summary>
    public static string CorrectedLabelsOf(string endpoint) => $"{FolderOf(endpoint)}labels/corrected/";

    /// <summary>The batch of labels that is being joined.</summary>
    public static string JoinOf(string endpoint) => $"{FolderOf(endpoint)}labels/join.json";

    /// <summary>The day that a blob belongs to; <see langword="null"/>: none.</summary>
    public static DateOnly? DayIn(string endpoint, string blob)
    {
        var folder = FolderOf(endpoint);
        if (!blob.StartsWith(folder, StringComparison.Ordinal) || Day().Match(blob[folder.Length..]) is not { Success: true } match) return null;
        return DateOnly.TryParseExact(match.Value[..10], "yyyy/MM/dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
    }

    [GeneratedRegex(@"^[0-9]{4}/[0-9]{2}/[0-9]{2}/", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Day();
}
