using MlOps.Core.Datasets;
using MlOps.Core.Drift;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Profiling;
using MlOps.Data.Validation;

namespace MlOps.Data.Drift;

/// <summary>Compares how the columns of two datasets go together.</summary>
/// <param name="options">Limits of the engine; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Each pair of columns by the measures of the profile, those of categories corrected for chance, on up to 100,000 evenly spread rows
/// that break no rule. A pair that cannot be measured on both sides is left out.
/// </remarks>
public sealed class CorrelationComparer(DuckDbOptions? options = null)
{
    /// <summary>Compares.</summary>
    /// <param name="referencePaths">Canonical files of the reference, at least one.</param>
    /// <param name="currentPaths">Canonical files of what is compared with it, at least one.</param>
    /// <param name="data">The columns and their rules.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Every pair, the largest change first.</returns>
    /// <exception cref="Sandbox.ExpressionException">A condition of the checks cannot be used.</exception>
    /// <exception cref="DuckDbException">A file cannot be read, or lacks a column.</exception>
    public IReadOnlyList<CorrelationChange> Compare(
        IReadOnlyList<string> referencePaths, IReadOnlyList<string> currentPaths, DataSpec data, CancellationToken cancellationToken)
    {
        List<string> reference = [.. referencePaths.Select(Path.GetFullPath)], current = [.. currentPaths.Select(Path.GetFullPath)];
        using var connection = DuckDbConnection.Open(options);
        connection.Lock([.. reference, .. current]);
        RowRules.Guard(connection, $"read_parquet({Sql.Text(reference[0])})", data, cancellationToken);
        var (before, after) = (Measure(reference), Measure(current));
        var known = before.Pairs.ToDictionary(p => (p.Left, p.Right, p.Measure), p => p.Value);
        // A correlation is off by at most 1/√n, one standard error of independent columns; of a difference, both sides count.
        var error = Math.Sqrt((1.0 / Math.Max(1, before.Rows)) + (1.0 / Math.Max(1, after.Rows)));
        return [.. after.Pairs.Where(p => known.ContainsKey((p.Left, p.Right, p.Measure)))
            .Select(p => new CorrelationChange(p.Left, p.Right, p.Measure, known[(p.Left, p.Right, p.Measure)], p.Value, error))
            .OrderByDescending(c => c.Size).ThenBy(c => c.Left, StringComparer.Ordinal).ThenBy(c => c.Right, StringComparer.Ordinal)];

        (IReadOnlyList<Association> Pairs, long Rows) Measure(List<string> paths)
        {
            var columns = string.Join(", ", data.Columns.Select(c => Sql.Name(c.Name)));
            var source = $"(SELECT {columns}, file_row_number FROM read_parquet({Sql.List(paths)}, file_row_number = true) WHERE {RowRules.Predicate(data)})";
            var rows = connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0);
            return AssociationScan.Run(connection, source, rows, data.Columns, label: null, corrected: true, cancellationToken);
        }
    }
}
