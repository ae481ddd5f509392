using MlOps.Core.Drift;
using MlOps.Core.Monitoring;
using MlOps.Core.Specification;
using MlOps.Data.Drift;
using MlOps.Data.Native;

namespace MlOps.Monitoring.Measuring;

/// <summary>
/// How far a sample lies from the reference that it was drawn from, for no other reason than its size: two hundred rows of three hundred
/// airports are never distributed as a million are. Only what goes beyond that is drift.
/// </summary>
internal sealed class ChanceDistance
{
    private const int Draws = 3;

    // Of more rows chance makes little, whatever the measure.
    private const long EnoughRows = 20_000;

    private readonly IReadOnlyDictionary<string, double> byColumn;

    private ChanceDistance(IReadOnlyDictionary<string, double> byColumn) => this.byColumn = byColumn;

    /// <summary>Draws samples of a size from the reference and measures them as the answers are measured.</summary>
    public static ChanceDistance Of(
        IReadOnlyList<string> reference, long rows, DataSpec data, DriftSpec drift, string workFolder, CancellationToken cancellationToken)
    {
        if (rows is 0 or >= EnoughRows) return new(new Dictionary<string, double>(StringComparer.Ordinal));
        var drawn = new List<ColumnDrift>();
        for (var seed = 1; seed <= Draws; seed++)
        {
            var path = Path.Combine(workFolder, $"chance-{Path.GetRandomFileName()}.parquet");
            using (var connection = DuckDbConnection.Open(new DuckDbOptions { Threads = 1 }))
            {
                connection.Execute(
                    $"COPY (SELECT * FROM read_parquet({Sql.List(reference)}, union_by_name = true) USING SAMPLE reservoir({rows} ROWS) REPEATABLE ({seed})) TO {Sql.Text(path)} (FORMAT parquet)",
                    cancellationToken);
            }
            drawn.AddRange(new DriftDetector().Compare(reference, [path], data, drift, cancellationToken).Columns);
        }
        return new(drawn.GroupBy(c => c.Column, StringComparer.Ordinal).ToDictionary(c => c.Key, c => c.Average(d => d.Value), StringComparer.Ordinal));
    }

    /// <summary>A column's distance as a point: drift, where it is beyond the limit by more than chance.</summary>
    public MonitorPoint Judge(ColumnDrift column, string subject)
    {
        // A test has chance in it already.
        var chance = column.PValue is null && byColumn.TryGetValue(column.Column, out var known) && double.IsFinite(known) ? known : 0;
        var limit = column.Threshold + chance;
        var missing = Math.Abs(column.CurrentMissing - column.ReferenceMissing) > new DriftSpec().MaxMissingChange;
        return new MonitorPoint
        {
            Metric = "distance",
            Subject = subject,
            Value = column.Value,
            Reference = chance,
            Limit = limit,
            Breached = column.Drifted && (missing || column.PValue is not null || column.Value > limit),
            Detail = $"{(subject.Length > 0 ? $"{subject}: " : "")}{column.Method} distance {Points.Number(column.Value)}; drift above {Points.Number(limit)}, of which {Points.Number(chance)} is what so few rows make by chance.",
        };
    }
}
