using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Data.Native;

namespace MlOps.Data.Scoring;

/// <summary>Files of rows and what a model answered to them.</summary>
/// <remarks>
/// Their columns: <c>row_number</c>; those of the input; <c>prediction</c>; of a classifier <c>probability</c>, and of one with several
/// classes <c>probability_&lt;class&gt;</c> for each; <c>model_version</c>. An input column of such a name is called <c>input_…</c> here.
/// </remarks>
public static class ScoredRows
{
    private const string Renamed = "input_";

    // Row groups as ingest makes them, whatever the engine's default is.
    private const string Parquet = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880";

    /// <summary>Writes the rows of a chunk with their scores.</summary>
    /// <param name="chunk">A chunk that <see cref="ScoringFile"/> wrote.</param>
    /// <param name="signature">The model's.</param>
    /// <param name="version">The model's version.</param>
    /// <param name="scores">Shape [rows, <see cref="ModelSignature.OutputWidth"/>], in the chunk's order.</param>
    /// <param name="format">What they will be written as in the end.</param>
    /// <param name="path">Where to write, as parquet.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static void Write(string chunk, ModelSignature signature, int version, float[] scores, ScoringFormat format, string path, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(new DuckDbOptions { Threads = 1 });
        var rows = scores.Length / signature.OutputWidth;
        var answers = new AnswerColumns(signature, scores, format);
        RowSource.Register(connection, "answers", answers.Columns).Parts = [new(answers.Columns, rows)];
        string[] own = ["row_number", .. answers.Columns.Select(c => c.Name), "model_version"];
        var taken = own.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var inputs = connection.Rows($"SELECT column_name FROM (DESCRIBE FROM read_parquet({Sql.Text(chunk)}))", cancellationToken).Select(r => r.Text(0)).Where(n => n != ScoringFile.RowNumber).ToList();
        taken.UnionWith(inputs.Where(n => !taken.Contains(n)));
        IEnumerable<string> columns =
        [
            $"c.{ScoringFile.RowNumber} AS row_number",
            .. inputs.Select(name => $"c.{Sql.Name(name)} AS {Sql.Name(own.Contains(name, StringComparer.OrdinalIgnoreCase) ? FreeName(name, taken) : name)}"),
            .. answers.Columns.Select(c => $"a.{Sql.Name(c.Name)}"),
            $"{version} AS model_version",
        ];
        connection.Execute(
            $"COPY (SELECT {string.Join(", ", columns)} FROM read_parquet({Sql.Text(chunk)}) c POSITIONAL JOIN answers() a) TO {Sql.Text(path)} (FORMAT parquet)", cancellationToken);
    }

    /// <summary>Puts scored chunks together.</summary>
    /// <returns>Their rows.</returns>
    public static long Join(IReadOnlyList<string> chunks, string path, ScoringFormat format, CancellationToken cancellationToken)
    {
        // One thread, and sorted: what row groups hold follows from the rows alone, not from how they were cut.
        using var connection = DuckDbConnection.Open(new DuckDbOptions { Threads = format is ScoringFormat.Csv ? Environment.ProcessorCount : 1 });
        var rows = format is ScoringFormat.Csv ? $"FROM read_parquet({Sql.List(chunks)})" : $"FROM read_parquet({Sql.List(chunks)}) ORDER BY row_number";
        return connection.Execute($"COPY ({rows}) TO {Sql.Text(path)} ({(format is ScoringFormat.Csv ? "FORMAT csv, HEADER" : Parquet)})", cancellationToken);
    }

    /// <summary>Puts files of refused rows together.</summary>
    /// <returns>How many rows they are of: a row has a line for each refused value.</returns>
    public static long JoinRefused(IReadOnlyList<string> files, string path, ScoringFormat format, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open();
        var lines = $"read_parquet({Sql.List(files)})";
        connection.Execute($"COPY (FROM {lines} ORDER BY row_number) TO {Sql.Text(path)} ({(format is ScoringFormat.Csv ? "FORMAT csv, HEADER" : Parquet)})", cancellationToken);
        return connection.Rows($"SELECT count(DISTINCT row_number) FROM {lines}", cancellationToken)[0].Long(0);
    }

    /// <summary>Takes rows out of a chunk that turn out to be beyond the model's features.</summary>
    /// <param name="chunk">A chunk that <see cref="ScoringFile"/> wrote.</param>
    /// <param name="failures">Places of the rows in the chunk, from 0, and why.</param>
    /// <param name="kept">Where the others go.</param>
    /// <param name="refused">Where these go, as <see cref="ScoringFile"/> writes refused rows.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static void SetApart(string chunk, IReadOnlyList<(long Place, string Reason)> failures, string kept, string refused, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnection.Open(new DuckDbOptions { Threads = 1 });
        var place = new InputColumn<long>("place", DuckDbType.BigInt);
        foreach (var failure in failures) place.Add(failure.Place);
        RowSource.Register(connection, "failures", [place]).Parts = [new([place], place.Count)];
        var rows = $"read_parquet({Sql.Text(chunk)}, file_row_number = true)";
        connection.Execute(
            $"COPY (SELECT * EXCLUDE (file_row_number) FROM {rows} WHERE file_row_number NOT IN (FROM failures()) ORDER BY {ScoringFile.RowNumber}) TO {Sql.Text(kept)} (FORMAT parquet)", cancellationToken);
        var numbers = connection.Rows($"SELECT {ScoringFile.RowNumber} FROM {rows} WHERE file_row_number IN (FROM failures()) ORDER BY file_row_number", cancellationToken);
        var lines = new RefusedLines();
        foreach (var (number, failure) in numbers.Zip(failures)) lines.Add(number.Long(0), null, null, null, failure.Reason);
        lines.Save(connection, refused, cancellationToken);
    }

    private static string FreeName(string name, HashSet<string> taken)
    {
        do name = Renamed + name;
        while (!taken.Add(name));
        return name;
    }
}
