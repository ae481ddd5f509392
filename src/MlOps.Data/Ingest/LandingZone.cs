using System.Globalization;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Where files become relations: what every format needs for it.</summary>
internal sealed class LandingZone(DuckDbConnection connection, DataSpec spec, IngestLimits limits)
{
    private static long s_tables;

    public DuckDbConnection Connection => connection;

    public DataSpec Spec => spec;

    public IngestLimits Limits => limits;

    /// <summary>The same place for other columns.</summary>
    public LandingZone For(IReadOnlyList<ColumnSpec> columns) => new(connection, spec with { Columns = columns }, limits);

    /// <summary>A name for a table that no other file has.</summary>
    public static string NextTable(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}_{Interlocked.Increment(ref s_tables)}");

    /// <summary>Columns of a relation with their types.</summary>
    public Dictionary<string, string> Describe(string source, CancellationToken cancellationToken) =>
        connection.Rows($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})", cancellationToken)
            .ToDictionary(row => row.Text(0), row => row.Text(1), StringComparer.Ordinal);

    /// <summary>The values of declared columns that the file does not have, and its path does.</summary>
    /// <exception cref="DatasetFileException">A declared column is in neither.</exception>
    public IReadOnlyDictionary<string, string?> FromPath(InspectedFile file, IReadOnlyCollection<string> present)
    {
        var path = PathColumns.Of(file.Name);
        var absent = spec.Columns.Select(c => c.Name).Where(name => !present.Contains(name, StringComparer.Ordinal)).ToList();
        if (absent.Find(name => !path.ContainsKey(name)) is { } missing) throw Missing(file.Name, missing, present);
        return absent.ToDictionary(name => name, name => path[name], StringComparer.Ordinal);
    }

    /// <summary>The columns in the declared order: those of the relation by their names, those of the path as texts.</summary>
    public string Select(IReadOnlyDictionary<string, string?> fromPath) => string.Join(", ", spec.Columns.Select(c => fromPath.TryGetValue(c.Name, out var value)
        ? $"{(value is null ? "CAST(NULL AS VARCHAR)" : Sql.Text(value))} AS {Sql.Name(c.Name)}"
        : Sql.Name(c.Name)));

    /// <summary>Lands rows whose values are all text.</summary>
    /// <param name="file">The file.</param>
    /// <param name="source">SQL that reads it; has the declared columns but those of the path.</param>
    /// <param name="fromPath">The columns of the path.</param>
    /// <param name="rowNumber">SQL of the row's number.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public LandedFile LandText(
        InspectedFile file, string source, IReadOnlyDictionary<string, string?> fromPath, string rowNumber, CancellationToken cancellationToken)
    {
        var table = NextTable("landed");
        connection.Execute($"CREATE TEMP TABLE {table} AS SELECT {rowNumber} AS __row, {Select(fromPath)} FROM {source}", cancellationToken);
        var rows = connection.Rows($"SELECT count(*) FROM {table}", cancellationToken)[0].Long(0);
        return new(file, table, "__row", rows, [.. spec.Columns.Select(c => ColumnCast.From(c, "VARCHAR")!)]);
    }

    /// <summary>Of each declared column, how its values become the declared type.</summary>
    /// <exception cref="DatasetFileException">There is no way.</exception>
    public IReadOnlyList<ColumnCast> Casts(string file, Dictionary<string, string> types) => [.. spec.Columns.Select(column =>
        ColumnCast.From(column, types[column.Name]) ?? throw new DatasetFileException(
            file, $"the file holds {types[column.Name]}, which does not convert to {column.Type.ToString().ToLowerInvariant()}.",
            "Declare another type for the column, or convert it where the file is written.", column: column.Name))];

    /// <summary>The error of a file that lacks a column.</summary>
    public static DatasetFileException Missing(string file, string column, IReadOnlyCollection<string> present) => new(
        file,
        $"the file has no such column; it has {string.Join(", ", present.Take(20).Select(n => $"'{n}'"))}{(present.Count > 20 ? ", …" : "")}.",
        NearestName.Find(column, present) is { } nearest
            ? $"Did you mean '{nearest}'? Names are matched exactly."
            : "Declared columns must be in every file, under exactly their names.",
        column: column);
}
