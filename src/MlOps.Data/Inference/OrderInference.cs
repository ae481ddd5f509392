using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Inference;

/// <summary>Proposes <c>unique</c> and <c>monotonic</c> for columns of a dataset that is known to be good, for a person to review.</summary>
/// <remarks>
/// Cautious, since what holds in a few rows may hold by chance: at least 1,000 rows without a missing value. A column of whole numbers is
/// proposed as unique only where that would be a surprise if its values were drawn from its range: of n values out of r one expects
/// n²/2r pairs that agree (the birthday problem), here at least 20. A column of texts only where its values look like identifiers: short
/// and without blanks. That a column never falls only warns, since another file may be sorted in another way.
/// </remarks>
public static class OrderInference
{
    private const long FewestRows = 1000;
    private const double FewestExpectedPairs = 20;
    private const int LongestIdentifier = 64;
    // Distinct values of a profile are an estimate, some 10 to 20 % off.
    private const double LeastDistinctShare = 0.7;

    /// <summary>The checks that the baseline keeps and that are not declared yet.</summary>
    /// <param name="dataPath">The baseline, parquet.</param>
    /// <param name="profile">Its profile.</param>
    /// <param name="data">The declared columns and checks.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static IReadOnlyList<CheckSpec> Infer(string dataPath, DatasetProfile profile, DataSpec data, CancellationToken cancellationToken)
    {
        if (profile.Rows < FewestRows) return [];
        using var connection = DuckDbConnection.Open();
        var whole = data.Columns.Select(c => (Spec: c, Profile: profile.Columns.FirstOrDefault(p => p.Name == c.Name))).Where(c => c.Profile is { Missing: 0 }).ToList();
        var unique = whole
            .Where(c => !data.Checks.OfType<UniqueCheck>().Any(u => u.Columns is [var only] && only == c.Spec.Name) && MayBeKey(c.Spec.Type, c.Profile!, profile.Rows))
            .Where(c => IsUnique(connection, dataPath, c.Spec, cancellationToken))
            .Select(c => (CheckSpec)new UniqueCheck([c.Spec.Name]));
        var monotonic = whole
            .Where(c => c.Spec.Type is ColumnType.Int or ColumnType.Date or ColumnType.Timestamp && c.Profile!.Min != c.Profile.Max && !data.Checks.OfType<MonotonicCheck>().Any(m => m.Column == c.Spec.Name))
            .Where(c => NeverFalls(connection, dataPath, c.Spec.Name, cancellationToken))
            .Select(c => (CheckSpec)new MonotonicCheck(c.Spec.Name) { Severity = CheckSeverity.Warn });
        return [.. unique, .. monotonic];
    }

    private static bool MayBeKey(ColumnType type, ColumnProfile profile, long rows) =>
        profile.Distinct >= LeastDistinctShare * rows && (type is ColumnType.String || (type is ColumnType.Int && ExpectedPairs(profile, rows) >= FewestExpectedPairs));

    private static double ExpectedPairs(ColumnProfile profile, long rows)
    {
        var range = double.Parse(profile.Max!, CultureInfo.InvariantCulture) - double.Parse(profile.Min!, CultureInfo.InvariantCulture) + 1;
        return (double)rows * rows / (2 * range);
    }

    private static bool IsUnique(DuckDbConnection connection, string dataPath, ColumnSpec column, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column.Name);
        var isIdentifier = column.Type is ColumnType.String
            ? string.Create(CultureInfo.InvariantCulture, $"bool_and(length({name}) BETWEEN 1 AND {LongestIdentifier} AND NOT regexp_matches({name}, '\\s'))")
            : "true";
        var row = connection.Rows($"SELECT count(*) - count(DISTINCT {name}), CASE WHEN {isIdentifier} THEN 1 ELSE 0 END FROM read_parquet({Sql.Text(dataPath)})", cancellationToken)[0];
        return row.Long(0) is 0 && row.Long(1) is 1;
    }

    // A column of few steps never falls by chance, or since there is little to see.
    private static bool NeverFalls(DuckDbConnection connection, string dataPath, string column, CancellationToken cancellationToken)
    {
        var name = Sql.Name(column);
        var row = connection.Rows(
            $"""
            SELECT count(*) FILTER (WHERE v < before), count(*) FILTER (WHERE v > before)
            FROM (SELECT {name} AS v, lag({name}) OVER (ORDER BY file_row_number) AS before FROM read_parquet({Sql.Text(dataPath)}, file_row_number = true))
            """,
            cancellationToken)[0];
        return row.Long(0) is 0 && row.Long(1) >= FewestExpectedPairs;
    }
}
