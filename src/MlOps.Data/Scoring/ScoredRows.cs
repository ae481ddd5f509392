using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Scoring;

/// <summary>Files of raw rows and what a model answered to them.</summary>
public static class ScoredRows
{
    /// <summary>Cuts rows out of a landed file, with their numbers from 1.</summary>
    public static void Cut(string landed, long first, long count, string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        connection.Execute(
            $"COPY (SELECT file_row_number + 1 AS row_number, * EXCLUDE (file_row_number) FROM read_parquet({Sql.Text(landed)}, file_row_number = true) " +
            $"WHERE file_row_number >= {first} AND file_row_number < {first + count} ORDER BY file_row_number) TO {Sql.Text(path)} (FORMAT parquet)",
            cancellationToken);
    }

    /// <summary>Writes the rows of a cut with their scores.</summary>
    /// <param name="cut">What <see cref="Cut"/> wrote.</param>
    /// <param name="first">Rows before it.</param>
    /// <param name="signature">The model's.</param>
    /// <param name="version">The model's version.</param>
    /// <param name="scores">Shape [rows, <see cref="ModelSignature.OutputWidth"/>], in the cut's order.</param>
    /// <param name="path">Where to write.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static void Write(string cut, long first, ModelSignature signature, int version, IReadOnlyList<float> scores, string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var row = new InputColumn<long>("scored_row", DuckDbType.BigInt);
        var label = new InputTextColumn("prediction");
        var width = signature.OutputWidth;
        var isMulticlass = signature.Task is LearningTask.Multiclass;
        var numbers = Enumerable.Range(0, width).Select(i => new InputColumn<float>(isMulticlass ? $"probability_{signature.Classes[i]}" : signature.Task is LearningTask.Binary ? "probability" : "prediction", DuckDbType.Float)).ToList();
        var rows = scores.Count / width;
        for (var at = 0; at < rows; at++)
        {
            row.Add(first + at + 1);
            for (var i = 0; i < width; i++) numbers[i].Add(scores[(at * width) + i]);
            if (isMulticlass) label.Add(signature.Classes[Enumerable.Range(0, width).MaxBy(i => scores[(at * width) + i])]);
        }

        IReadOnlyList<InputColumn> columns = isMulticlass ? [row, label, .. numbers] : [row, .. numbers];
        RowSource.Register(connection, "scores", columns).Parts = [new(columns, rows)];
        connection.Execute(
            $"COPY (SELECT c.*, {(signature.Task is LearningTask.Binary ? "s.probability >= 0.5 AS prediction, " : "")}s.* EXCLUDE (scored_row), {version} AS model_version FROM read_parquet({Sql.Text(cut)}) c JOIN scores() s ON c.row_number = s.scored_row " +
            $"ORDER BY c.row_number) TO {Sql.Text(path)} (FORMAT parquet, COMPRESSION zstd)",
            cancellationToken);
    }

    /// <summary>Puts parts together, as CSV where the name ends so, or else as parquet.</summary>
    public static void Join(IReadOnlyList<string> parts, string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var format = path.EndsWith(".csv", StringComparison.Ordinal) ? "FORMAT csv, HEADER" : "FORMAT parquet, COMPRESSION zstd";
        connection.Execute($"COPY (SELECT * FROM read_parquet({Sql.List(parts)})) TO {Sql.Text(path)} ({format})", cancellationToken);
    }
}
