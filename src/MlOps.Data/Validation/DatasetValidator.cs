using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Checks a dataset version against its pipeline's rules in one scan, and sets broken rows apart.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <param name="time">The clock for freshness; <see langword="null"/>: the system's.</param>
public sealed class DatasetValidator(DuckDbOptions? options = null, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
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
    /// <exception cref="Sandbox.ExpressionException">A condition of the checks cannot be used.</exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    /// <exception cref="DuckDbException">The file cannot be read.</exception>
    public ValidationVerdict Validate(
        string dataPath, IngestResult ingested, DataSpec spec, string quarantinePath, CancellationToken cancellationToken)
    {
        using var output = new OutputFolder(Path.GetDirectoryName(Path.GetFullPath(quarantinePath))!);
        try
        {
            using var connection = DuckDbConnection.Open(_options with { TempFolder = output.Work });
            connection.Lock([Path.GetFullPath(dataPath), .. ingested.RejectsPath is { } rejects ? [Path.GetFullPath(rejects)] : Array.Empty<string>()], output.Path);
            var source = $"read_parquet({Sql.Text(Path.GetFullPath(dataPath))}, file_row_number = true)";
            RowRules.Guard(connection, source, spec, cancellationToken);
            var checks = DatasetCheck.Of(spec, _time);
            var measured = DatasetScan.Run(connection, source, spec, checks, cancellationToken);
            if (measured.Broken > 0)
            {
                var quarantine = output.Stage(Path.GetFileName(quarantinePath));
                new QuarantineWriter(connection, source, spec, ingested).Write(quarantine, cancellationToken);
                measured = measured with { Examples = QuarantineExamples.Read(connection, quarantine, measured, cancellationToken) };
                output.Publish();
            }
            return VerdictOf(new CheckContext(connection, source, measured, ingested.UnreadableRows, cancellationToken), spec, checks);
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(output.Path, e);
        }
    }

    private static ValidationVerdict VerdictOf(CheckContext context, DataSpec spec, IReadOnlyList<DatasetCheck> checks)
    {
        var results = new CheckJudge(context, spec, checks).All().ToList();
        return new ValidationVerdict
        {
            Passed = !results.Exists(c => c.Fails),
            Rows = context.Total,
            Kept = context.Scan.Kept,
            Quarantined = context.Scan.Broken + context.Unreadable,
            Checks = results,
        };
    }
}
