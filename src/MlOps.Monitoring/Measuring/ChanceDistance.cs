using System.Globalization;
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

    private readonly IReadOnlyDictionary<string, double> _byColumn;

    private ChanceDistance(IReadOnlyDictionary<string, double> byColumn) => _byColumn = byColumn;

    /// <summary>Draws samples of a size from the reference and measures them as the answers are measured, unless that was done before.</summary>
    /// <param name="context">Where draws are kept, and a folder for them.</param>
    /// <param name="part">Names the reference within the model version.</param>
    /// <param name="reference">Files of the reference.</param>
    /// <param name="rows">Rows that were answered.</param>
    /// <param name="data">The columns.</param>
    /// <param name="drift">The measure.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static ChanceDistance Of(
        MonitorContext context, string part, IReadOnlyList<string> reference, long rows, DataSpec data, DriftSpec drift, CancellationToken cancellationToken)
    {
        if (rows is 0 or >= EnoughRows) return new(new Dictionary<string, double>(StringComparer.Ordinal));
        var drawn = Rounded(rows);
        var sample = string.Create(CultureInfo.InvariantCulture, $"{part}\n{drawn}\n{drift.Method}\n{string.Join('\n', data.Columns.Select(c => $"{c.Name}:{c.Type}"))}");
        return new(context.Chance.Get(sample, () => Draw(reference, drawn, data, drift, context.WorkFolder, cancellationToken)));
    }

    /// <summary>Two digits of a number of rows, so that windows of about as many share a draw: at most a tenth fewer, of which chance makes a twentieth more.</summary>
    private static long Rounded(long rows)
    {
        var unit = 1L;
        while (rows / unit >= 100) unit *= 10;
        return rows / unit * unit;
    }

    private static Dictionary<string, double> Draw(
        IReadOnlyList<string> reference, long rows, DataSpec data, DriftSpec drift, string workFolder, CancellationToken cancellationToken)
    {
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
        return drawn.GroupBy(c => c.Column, StringComparer.Ordinal).Select(c => (c.Key, Mean: c.Average(d => d.Value)))
            .Where(c => double.IsFinite(c.Mean)).ToDictionary(c => c.Key, c => c.Mean, StringComparer.Ordinal);
    }

    /// <summary>A column's distance as a point: drift, where it is beyond the limit by more than chance.</summary>
    public MonitorPoint Judge(ColumnDrift column, string subject)
    {
        // A test has chance in it already.
        var chance = column.PValue is null && _byColumn.TryGetValue(column.Column, out var known) ? known : 0;
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
