using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Checks of how kept values are distributed. A column without kept values meets them: that it is empty is for others to judge.</summary>
internal static class ShapeChecks
{
    /// <summary>The newest time stamp is recent.</summary>
    public static DatasetCheck Freshness(FreshnessCheck check, string kept, TimeProvider time) => new(
        string.Create(CultureInfo.InvariantCulture, $"{check.Column} is at most {Words(check.MaxAge)} old"),
        [$"max(CAST({Sql.Name(check.Column)} AS TIMESTAMP)) FILTER (WHERE {kept})"],
        (_, measures) =>
        {
            if (measures[0] is not DateTime newest) return Empty;
            var age = time.GetUtcNow().UtcDateTime - newest;
            var passed = age <= check.MaxAge;
            return new(passed, age.TotalDays, string.Create(CultureInfo.InvariantCulture,
                $"The newest is of {newest:yyyy-MM-dd HH:mm:ss}, {Words(age)} old{(passed ? "." : "; see whether the source still delivers.")}"));
        });

    /// <summary>A quantile lies where it should.</summary>
    public static DatasetCheck Quantile(QuantileCheck check, string kept)
    {
        var range = (check.Min, check.Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"in [{min}, {max}]"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $">= {min}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"<= {check.Max}"),
        };
        var at = check.At.ToString("R", CultureInfo.InvariantCulture);
        return new($"quantile {at} of {check.Column} {range}", [$"CAST(quantile_disc({Sql.Name(check.Column)}, {at}) FILTER (WHERE {kept}) AS DOUBLE)"], (_, measures) =>
        {
            if (measures[0] is not double value) return Empty;
            var passed = !(value < check.Min) && !(value > check.Max);
            return new(passed, value, string.Create(CultureInfo.InvariantCulture, $"It is {value:0.####}{(passed ? "." : "; see whether unit or source changed.")}"));
        });
    }

    /// <summary>Share of outliers: needs the quartiles (or the moments) before it can count.</summary>
    public static DatasetCheck Outliers(OutliersCheck check, string kept)
    {
        var (column, name) = (check.Columns[0], Sql.Name(check.Columns[0]));
        string[] aggregates = check.Method is OutlierMethod.Iqr
            ? [Kept($"quantile_disc({name}, 0.25)"), Kept($"quantile_disc({name}, 0.75)")]
            : [Kept($"avg({name})"), Kept($"stddev_samp({name})")];
        return new(string.Create(CultureInfo.InvariantCulture, $"outliers of {column} ({check.Method.ToString().ToLowerInvariant()}) <= {check.Max}"), aggregates, (context, measures) =>
        {
            if (measures is not [double first, double second]) return Empty;
            var (low, high) = check.Method is OutlierMethod.Iqr
                ? (first - (1.5 * (second - first)), second + (1.5 * (second - first)))
                : (first - (3 * second), first + (3 * second));
            var row = context.Connection.Rows(
                string.Create(CultureInfo.InvariantCulture,
                    $"SELECT count(*) FILTER (WHERE {name} < CAST('{low:R}' AS DOUBLE) OR {name} > CAST('{high:R}' AS DOUBLE)), count({name}) FROM {context.Source} WHERE {kept}"),
                context.CancellationToken)[0];
            var share = (double)row.Long(0) / row.Long(1);
            return new(share <= check.Max, share, string.Create(CultureInfo.InvariantCulture,
                $"{row.Long(0):N0} of {row.Long(1):N0} values lie outside [{low:0.####}, {high:0.####}] ({share:P2}){(share <= check.Max ? "." : "; look at them in the profile.")}"));
        });

        string Kept(string aggregate) => $"CAST({aggregate} FILTER (WHERE {kept}) AS DOUBLE)";
    }

    /// <summary>No value is too rare.</summary>
    public static DatasetCheck Balance(BalanceCheck check, string kept) => new(
        string.Create(CultureInfo.InvariantCulture, $"every value of {check.Column} has a share >= {check.Min}"),
        [],
        (context, _) =>
        {
            var name = Sql.Name(check.Column);
            var rows = context.Connection.Rows(
                $"SELECT CAST({name} AS VARCHAR), count(*) AS n, CAST(sum(count(*)) OVER () AS BIGINT) FROM {context.Source} WHERE {kept} AND {name} IS NOT NULL GROUP BY {name} ORDER BY n, {name} LIMIT 1",
                context.CancellationToken);
            if (rows.Count == 0) return Empty;
            var (count, total) = (rows[0].Long(1), rows[0].Long(2));
            var share = (double)count / total;
            return new(share >= check.Min, share, string.Create(CultureInfo.InvariantCulture,
                $"The rarest, '{rows[0].Text(0)}', has {count:N0} of {total:N0} rows ({share:P2}){(share >= check.Min ? "." : "; collect more of it, or group it with others.")}"));
        });

    /// <summary>Values never fall.</summary>
    public static DatasetCheck Monotonic(MonotonicCheck check, string kept) => new($"{check.Column} never falls", [], (context, _) =>
    {
        var name = Sql.Name(check.Column);
        var row = context.Connection.Rows(
            $"""
            SELECT count(*), coalesce(min(place), -1) FROM (
                SELECT {name} AS v, max({name}) OVER (ORDER BY file_row_number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest, file_row_number AS place
                FROM {context.Source} WHERE {kept} AND {name} IS NOT NULL
            ) WHERE v < highest
            """,
            context.CancellationToken)[0];
        var falls = row.Long(0);
        return new(falls == 0, falls, falls == 0 ? "It does not." : $"{falls:N0} rows lie below an earlier one, the first is row {row.Long(1) + 1:N0}; sort the source.");
    });

    private static CheckFinding Empty => new(Passed: true, double.NaN, "There are no kept values.");

    private static string Words(TimeSpan time) => time.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.#} days")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} hours");
}
