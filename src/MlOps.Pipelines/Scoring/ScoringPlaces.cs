using System.Globalization;
using MlOps.Core.Scoring;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Scoring;

/// <summary>Where a job keeps what it works with. The size of the chunks is part of the names: attempts that cut otherwise do not meet.</summary>
internal static class ScoringPlaces
{
    public const string Work = "work/";

    /// <summary>The file.</summary>
    public static string Source(this ScoringJob job) => job.PlaceOf($"source/{job.File}");

    /// <summary>The file on its way out of the folder it was dropped into.</summary>
    public static string Taken(this ScoringJob job) => job.PlaceOf($"{Work}taken/{job.File}");

    /// <summary>A <see cref="PreparedScoring"/>.</summary>
    public static string Prepared(this ScoringJob job, int chunkRows) => InWork(job, chunkRows, "prepared.json");

    /// <summary>Rows that were set apart when the file was read.</summary>
    public static string RefusedByReading(this ScoringJob job, int chunkRows) => InWork(job, chunkRows, "refused.parquet");

    /// <summary>The rows of a chunk.</summary>
    public static string Rows(this ScoringJob job, int chunkRows, int chunk) => InWork(job, chunkRows, Numbered("rows", chunk));

    /// <summary>The scored rows of a chunk.</summary>
    public static string Scored(this ScoringJob job, int chunkRows, int chunk) => InWork(job, chunkRows, Numbered("scored", chunk));

    /// <summary>Rows of a chunk that were set apart when their features were computed.</summary>
    public static string RefusedByFeatures(this ScoringJob job, int chunkRows, int chunk) => InWork(job, chunkRows, Numbered("refused", chunk));

    public static string Output(this ScoringJob job) => job.PlaceOf($"scored.{ExtensionOf(job.Format)}");

    public static string RefusedOutput(this ScoringJob job) => job.PlaceOf($"refused.{ExtensionOf(job.Format)}");

    /// <summary>Deletes those of a job's files that are to go by their names.</summary>
    public static async Task DeleteFilesAsync(this IBlobStore blobs, ScoringJob job, Func<string, bool> isToGo, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(job.PlaceOf(""), cancellationToken)) names.Add(blob.Name);
        foreach (var name in names.Where(isToGo)) await blobs.DeleteAsync(name, cancellationToken);
    }

    private static string InWork(ScoringJob job, int chunkRows, string file) => job.PlaceOf(string.Create(CultureInfo.InvariantCulture, $"{Work}{chunkRows}/{file}"));

    private static string Numbered(string kind, int chunk) => string.Create(CultureInfo.InvariantCulture, $"{kind}/{chunk:D6}.parquet");

    private static string ExtensionOf(ScoringFormat format) => format is ScoringFormat.Csv ? "csv" : "parquet";
}
