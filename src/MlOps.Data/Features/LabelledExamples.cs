using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using MlOps.Data.Validation;

namespace MlOps.Data.Features;

/// <summary>The rows that examples are made of: those that break no rule, lie in the window, and have a place in the split.</summary>
internal static class LabelledExamples
{
    /// <summary>Name of the view: the declared columns, <c>__row</c> (number over all versions), <c>__time</c> (NULL without a time column), <c>__key</c> (what the split orders by).</summary>
    public const string View = "examples";

    /// <summary>Creates the view.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="dataPaths">Dataset versions, oldest first.</param>
    /// <param name="spec">The pipeline.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="FeatureBuildException">A split by time or a window without a time column.</exception>
    public static void CreateView(
        DuckDbConnection connection, IReadOnlyList<string> dataPaths, PipelineSpec spec, CancellationToken cancellationToken)
    {
        connection.Execute(RowHash.DefineMacro, cancellationToken);
        var data = spec.Data;
        var time = TimeColumn(spec);
        var kept = new List<string>();
        long before = 0;
        RowRules.Guard(connection, $"read_parquet({Sql.Text(dataPaths[^1])})", data, cancellationToken);
        foreach (var path in data.Window is null ? [dataPaths[^1]] : dataPaths)
        {
            var source = $"read_parquet({Sql.Text(path)}, file_row_number = true)";
            var columns = string.Join(", ", data.Columns.Select(c => Sql.Name(c.Name)));
            var offset = before.ToString(CultureInfo.InvariantCulture);
            kept.Add($"SELECT {columns}, file_row_number + {offset} AS __row, {time} AS __time FROM {source} WHERE {RowRules.Predicate(data)}");
            before += connection.Rows($"SELECT count(*) FROM {source}", cancellationToken)[0].Long(0);
        }
        var key = spec.Features.Split.By is SplitMethod.Time ? "epoch_us(__time)" : RowHash.Of("__row", spec.Features.Split.Seed);
        connection.Execute($"CREATE TEMP VIEW kept AS {string.Join(" UNION ALL ", kept)}", cancellationToken);
        connection.Execute($"CREATE TEMP VIEW {View} AS SELECT *, {key} AS __key FROM kept{Window(connection, data, cancellationToken)}", cancellationToken);
    }

    private static string TimeColumn(PipelineSpec spec)
    {
        var column = spec.Features.Split.Column ?? spec.Data.TimeColumn?.Name;
        if (column is not null) return $"CAST({Sql.Name(column)} AS TIMESTAMP)";
        if (spec.Features.Split.By is SplitMethod.Time)
            throw new FeatureBuildException("features.split", "a split by time needs a timestamp or date column.", "Declare one, or split by: random.");
        if (spec.Data.Window is not null)
            throw new FeatureBuildException("data.window", "a window needs a timestamp or date column.", "Declare one, or leave the window out.");
        return "CAST(NULL AS TIMESTAMP)";
    }

    private static string Window(DuckDbConnection connection, DataSpec data, CancellationToken cancellationToken)
    {
        if (data.Window is not { } window) return "";
        if (connection.Rows("SELECT max(__time) FROM kept", cancellationToken)[0].Time(0) is not { } newest) return "";
        var start = newest - window;
        return $" WHERE __time >= {Sql.Text(start.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture))}::TIMESTAMP";
    }
}
