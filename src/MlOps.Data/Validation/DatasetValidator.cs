using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Checks a dataset version against its pipeline's rules in one scan, and sets broken rows apart.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
public sealed class DatasetValidator(DuckDbOptions? options = null)
{
    private readonly DuckDbOptions _options = options ?? new();

    /// <summary>Checks a dataset version.</summary>
    /// <param name="dataPath">The canonical file.</param>
    /// <param name="ingested">What came out of its ingest: files, unreadable rows. Its paths are used only for the places of rows.</param>
    /// <param name="spec">Columns with their rules, and checks of the whole.</param>
    /// <param name="quarantinePath">
    /// Where broken rows go, as parquet: the declared columns, then <c>__reasons</c> (list of the rules broken), <c>__file</c> and
    /// <c>__row</c> (data row in that file, from 1). Written only when there are such rows.
    /// </param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    /// <exception cref="DuckDbException">The file cannot be read.</exception>
    public ValidationVerdict Validate(
        string dataPath, IngestResult ingested, DataSpec spec, string quarantinePath, CancellationToken cancellationToken)
    {
        using var output = new OutputFolder(Path.GetDirectoryName(Path.GetFullPath(quarantinePath))!);
        try
        {
            using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
            var source = $"read_parquet({Sql.Text(Path.GetFullPath(dataPath))}, file_row_number = true)";
            var measured = DatasetScan.Run(connection, source, spec, cancellationToken);
            if (measured.Broken > 0)
            {
                var quarantine = output.Stage(Path.GetFileName(quarantinePath));
                new QuarantineWriter(connection, source, spec, ingested).Write(quarantine, cancellationToken);
                measured = measured with { Examples = QuarantineExamples.Read(connection, quarantine, measured, cancellationToken) };
                output.Publish();
            }
            return VerdictOf(measured, spec, ingested.UnreadableRows);
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(output.Path, e);
        }
    }

    private static ValidationVerdict VerdictOf(DatasetScan scan, DataSpec spec, long unreadable)
    {
        var judge = new CheckJudge(scan, spec, unreadable);
        var checks = judge.All().ToList();
        return new ValidationVerdict
        {
            Passed = checks.TrueForAll(c => c.Passed),
            Rows = scan.Rows + unreadable,
            Kept = scan.Rows - scan.Broken,
            Quarantined = scan.Broken + unreadable,
            Checks = checks,
        };
    }
}
