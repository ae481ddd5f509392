using System.Globalization;
using MlOps.Core.Datasets;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Ingest;
using MlOps.Data.Native;

namespace MlOps.Data.Scoring;

/// <summary>What was made of a file that is to be scored.</summary>
/// <param name="Chunks">Parquet files of the rows to be scored, in the order of the file; at least one, which may be empty.</param>
/// <param name="Rows">Rows to be scored.</param>
/// <param name="RefusedRows">Rows set apart.</param>
/// <param name="RefusedPath">Parquet file of the rows set apart, see <see cref="RefusedRows"/>; <see langword="null"/>: none.</param>
public sealed record ScoringRows(IReadOnlyList<string> Chunks, long Rows, long RefusedRows, string? RefusedPath);

/// <summary>Reads a file as ingest does, and judges its rows as a prediction request's are judged: those that would be refused are set apart.</summary>
/// <param name="transform">The model's transform.</param>
/// <param name="profile">What training has seen; <see langword="null"/>: nothing is known of that.</param>
/// <param name="limits">What a file may cost; <see langword="null"/>: the defaults.</param>
/// <remarks>
/// Takes delimited text, a JSON array of objects, JSON lines and parquet, and gzip and Zstandard of each. Columns that the model does not
/// read are carried along as they are, where their names are unique whatever their case.
/// </remarks>
public sealed class ScoringFile(FeatureTransform transform, InputProfile? profile = null, IngestLimits? limits = null)
{
    /// <summary>Column of a chunk: the row's number among the records of the file, from 1; a header is none.</summary>
    internal const string RowNumber = "__row";

    // Number of the row in the relation, which has no broken records.
    private const string Place = "__at";
    private const string Unconverted = "__unconverted";
    private const string OwnPrefix = "__";
    private const int SmallFile = 4096;

    private readonly IngestLimits _limits = limits ?? new();

    /// <summary>Makes a file's rows ready.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">Where the chunks go; made when needed.</param>
    /// <param name="chunkRows">Records of the file for one chunk, at least 1.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DatasetFileException">The file cannot be used: unreadable, a column is missing, too many rows are refused.</exception>
    /// <exception cref="DataStorageException">The disk is full.</exception>
    public ScoringRows Prepare(SourceFile file, string folder, int chunkRows, CancellationToken cancellationToken)
    {
        var work = Path.Combine(folder, "work");
        Directory.CreateDirectory(work);
        try
        {
            using var connection = DuckDbConnection.Open(new DuckDbOptions { TempFolder = work });
            var inspected = new FileInspector(work, new FilesSpec(), _limits).Inspect(file, cancellationToken);
            if (inspected.Format is FileFormat.Image) throw new DatasetFileException(file.Name, "the file is a picture.", "Send a table of rows: CSV, JSON lines or parquet.");
            return Prepare(connection, inspected, folder, chunkRows, cancellationToken);
        }
        catch (DuckDbException e) when (e.DiskFull)
        {
            throw new DataStorageException(folder, e);
        }
        catch (IOException e) when (OutputFolder.IsDiskFull(e))
        {
            throw new DataStorageException(folder, e);
        }
    }

    private ScoringRows Prepare(DuckDbConnection connection, InspectedFile file, string folder, int chunkRows, CancellationToken cancellationToken)
    {
        var (names, landed) = Land(connection, file, cancellationToken);
        var refused = new RefusedRows(connection, landed, _limits);
        var judge = new RowJudge(transform.Columns, profile);
        Number(connection, landed, refused);
        var excluded = new InputColumn<long>("place", DuckDbType.BigInt);
        var exclusion = RowSource.Register(connection, "refused_places", [excluded]);

        var chunks = new List<string>();
        long rows = 0;
        do
        {
            var first = (long)chunks.Count * chunkRows;
            Load(connection, landed, names, first, first + chunkRows, cancellationToken);
            var findings = Judge(connection, landed, judge, first, first + chunkRows, cancellationToken);
            refused.Add(findings);
            excluded.Clear();
            foreach (var place in findings.Select(f => f.Place).Distinct()) excluded.Add(place);
            exclusion.Parts = [new([excluded], excluded.Count)];
            var filter = excluded.Count is 0 ? "" : $"WHERE {Place} NOT IN (FROM refused_places())";
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{chunks.Count:D4}.parquet"));
            rows += connection.Execute($"COPY (SELECT * EXCLUDE ({Place}, {Unconverted}) FROM block {filter} ORDER BY {RowNumber}) TO {Sql.Text(path)} (FORMAT parquet)", cancellationToken);
            chunks.Add(path);
        }
        while ((long)chunks.Count * chunkRows < landed.Rows);

        var refusedPath = refused.Rows is 0 ? null : Path.Combine(folder, "refused.parquet");
        if (refusedPath is not null) refused.Save(refusedPath, cancellationToken);
        return new(chunks, rows, refused.Rows, refusedPath);
    }

    /// <summary>The file as a relation, and its columns in their order.</summary>
    private (IReadOnlyList<string> Names, LandedFile Landed) Land(DuckDbConnection connection, InspectedFile file, CancellationToken cancellationToken)
    {
        var model = new LandingZone(connection, new DataSpec { Columns = transform.Columns }, _limits);
        if (IsEmptyArray(file)) return ([.. transform.Columns.Select(c => c.Name)], Nothing(file));
        var names = Named(new FileLander(model).ColumnsOf(file, cancellationToken));
        var modelNames = transform.Columns.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        // A parquet file's other columns lie in its relation with types of their own; of texts, the table has what was asked for.
        var carried = file.Format is FileFormat.Parquet ? [] : names.Where(n => !modelNames.Contains(n)).Select(n => new ColumnSpec { Name = n, Type = ColumnType.String });
        return (names, new FileLander(model.For([.. transform.Columns, .. carried])).LandOrEmpty(file, cancellationToken));
    }

    /// <summary>The columns that can be told apart: names count whatever their case, as they do for those who read the output.</summary>
    private List<string> Named(IReadOnlyList<string> names)
    {
        var model = transform.Columns.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        var modelAnyCase = model.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var count = names.CountBy(n => n, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);
        return [.. names.Distinct(StringComparer.Ordinal).Where(n => model.Contains(n)
            || (n.Length > 0 && count[n] is 1 && !modelAnyCase.Contains(n) && !n.StartsWith(OwnPrefix, StringComparison.Ordinal) && !n.Contains('\0', StringComparison.Ordinal)))];
    }

    // '[]' has no objects that could name the columns.
    private static bool IsEmptyArray(InspectedFile file) =>
        file.Format is FileFormat.Json && new FileInfo(file.Path).Length <= SmallFile && string.Concat(File.ReadAllText(file.Path).Where(c => !char.IsWhiteSpace(c))) is "[]";

    private LandedFile Nothing(InspectedFile file)
    {
        var columns = transform.Columns.Select(c => $"CAST(NULL AS {ColumnCast.SqlType(c.Type)}) AS {Sql.Name(c.Name)}");
        return new(file, $"(SELECT {string.Join(", ", columns)} WHERE false)", "0", 0, [.. transform.Columns.Select(c => ColumnCast.From(c, ColumnCast.SqlType(c.Type))!)]);
    }

    // A record that is broken has a number, too: each one shifts those behind it.
    private static void Number(DuckDbConnection connection, LandedFile landed, RefusedRows refused)
    {
        var start = new InputColumn<long>("start", DuckDbType.BigInt);
        var shift = new InputColumn<long>("shift", DuckDbType.BigInt);
        for (var i = 0; i < refused.Broken.Count; i++)
        {
            start.Add(refused.Broken[i].Place.Row - i);
            shift.Add(i + 1);
        }

        if (landed.BrokenRows > 0) RowSource.Register(connection, "shifts", [start, shift]).Parts = [new([start, shift], start.Count)];
    }

    private void Load(DuckDbConnection connection, LandedFile landed, IReadOnlyList<string> names, long from, long to, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < transform.Columns.Count; i++) values[transform.Columns[i].Name] = landed.Casts[i].Value;
        var columns = string.Join(", ", names.Select(n => $"{values.GetValueOrDefault(n) ?? Sql.Name(n)} AS {Sql.Name(n)}"));
        var accepts = landed.Accepts is { } condition ? $"NOT ({condition})" : "false";
        var rows = string.Create(CultureInfo.InvariantCulture, $"SELECT {landed.RowNumber} AS {Place}, {accepts} AS {Unconverted}, {columns} FROM {landed.Relation} WHERE {landed.RowNumber} > {from} AND {landed.RowNumber} <= {to}");
        var numbered = landed.BrokenRows is 0
            ? $"SELECT {Place} AS {RowNumber}, * FROM ({rows})"
            : $"SELECT {Place} + coalesce(s.shift, 0) AS {RowNumber}, r.* FROM ({rows}) r ASOF LEFT JOIN (SELECT start, max(shift) AS shift FROM shifts() GROUP BY start) s ON r.{Place} >= s.start";
        connection.Execute($"CREATE OR REPLACE TEMP TABLE block AS {numbered}", cancellationToken);
    }

    private List<RefusedValue> Judge(DuckDbConnection connection, LandedFile landed, RowJudge judge, long from, long to, CancellationToken cancellationToken)
    {
        var unconverted = new List<RefusedValue>();
        if (connection.Rows($"SELECT coalesce(bool_or({Unconverted}), false) FROM block", cancellationToken)[0][0] is true)
        {
            for (var i = 0; i < transform.Columns.Count; i++)
            {
                if (landed.Casts[i].Accepts is not { } accepts) continue;
                var (column, name) = (transform.Columns[i], Sql.Name(transform.Columns[i].Name));
                unconverted.AddRange(connection.Rows(
                    string.Create(CultureInfo.InvariantCulture, $"""
                        SELECT {landed.RowNumber}, left(CAST({name} AS VARCHAR), {RefusedRows.KeptCharacters}) FROM {landed.Relation}
                        WHERE {landed.RowNumber} > {from} AND {landed.RowNumber} <= {to} AND NOT ({accepts})
                        """), cancellationToken).Select(r => new RefusedValue(r.Long(0), i, column.Name, r.Text(1), RowJudge.ExpectationOf(column))));
            }
        }

        using var block = connection.Query($"SELECT {string.Join(", ", transform.Columns.Select(c => Sql.Name(c.Name)).Prepend(Place))} FROM block", cancellationToken);
        return judge.Judge(block, unconverted);
    }
}
