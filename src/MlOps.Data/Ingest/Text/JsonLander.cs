using System.Globalization;
using System.Text.Json;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Text;

/// <summary>Makes JSON objects a table of texts; a nested value is its JSON text.</summary>
internal sealed class JsonLander(LandingZone zone)
{
    /// <summary>Names of the columns: the keys of the objects.</summary>
    public IReadOnlyList<string> ColumnsOf(InspectedFile file, CancellationToken cancellationToken)
    {
        try
        {
            return [.. zone.Describe($"read_json({Sql.Text(file.Path)}, {Options(file)}, records = 'true')", cancellationToken).Keys];
        }
        catch (DuckDbException e) when (file.Format is FileFormat.JsonLines && !e.DiskFull && !e.OutOfMemory)
        {
            return KeysOf(Objects(file), cancellationToken);
        }
    }

    /// <summary>Lands a file. Of JSON lines, a line that is no object is set apart; an array is taken as a whole or not at all.</summary>
    /// <exception cref="DatasetFileException">A declared column is missing, or the array is broken.</exception>
    public LandedFile Land(InspectedFile file, CancellationToken cancellationToken)
    {
        try
        {
            return LandWhole(file, cancellationToken);
        }
        catch (DuckDbException e) when (file.Format is FileFormat.Json && !e.DiskFull && !e.OutOfMemory)
        {
            throw JsonFault.Locate(file, e);
        }
        // A line is broken; or a key is absent from the first lines, which is all that the short way looks at.
        catch (Exception e) when (file.Format is FileFormat.JsonLines && e is DatasetFileException or DuckDbException { DiskFull: false, OutOfMemory: false })
        {
            return LandLineByLine(file, cancellationToken);
        }
    }

    private LandedFile LandWhole(InspectedFile file, CancellationToken cancellationToken)
    {
        var source = $"read_json({Sql.Text(file.Path)}, {Options(file)}, records = 'true'";
        var fromPath = zone.FromPath(file, zone.Describe(source + ")", cancellationToken).Keys);
        var columns = NamesBut(fromPath).Select(name => $"{Sql.Text(name)}: 'VARCHAR'");
        var landed = zone.LandText(file, $$"""{{source}}, columns = { {{string.Join(", ", columns)}} })""", fromPath, "row_number() OVER ()", cancellationToken);
        return file.Format is FileFormat.Json ? landed : landed with { Locate = wanted => JsonLines.Locate(file.Path, [], wanted) };
    }

    private LandedFile LandLineByLine(InspectedFile file, CancellationToken cancellationToken)
    {
        var lines = LandingZone.NextTable("lines");
        zone.Connection.Execute($"CREATE TEMP TABLE {lines} AS SELECT row_number() OVER () AS number, json FROM {Objects(file)}", cancellationToken);
        // What stands for no object at all is a row without values, as the short way takes it.
        const string isRow = "coalesce(json_type(json) IN ('OBJECT', 'NULL'), false)";
        var broken = zone.Connection.Rows(
            string.Create(CultureInfo.InvariantCulture, $"SELECT number FROM {lines} WHERE NOT {isRow} ORDER BY number LIMIT {zone.Limits.MaxUnreadableRows + 1}"), cancellationToken)
            .Select(r => r.Long(0)).ToList();
        var fromPath = zone.FromPath(file, KeysOf(lines, cancellationToken) is { Count: > 0 } keys ? keys : [.. zone.Spec.Columns.Select(c => c.Name)]);
        var structure = JsonSerializer.Serialize(NamesBut(fromPath).ToDictionary(name => name, _ => "VARCHAR", StringComparer.Ordinal));
        var source = $"(SELECT number, unnest(json_transform(json, {Sql.Text(structure)})) FROM {lines} WHERE {isRow})";
        var landed = zone.LandText(file, source, fromPath, "number", cancellationToken);
        zone.Connection.Execute($"DROP TABLE {lines}", cancellationToken);
        return landed with { BrokenRows = broken.Count, Locate = wanted => JsonLines.Locate(file.Path, broken, wanted) };
    }

    private List<string> KeysOf(string source, CancellationToken cancellationToken) =>
        [.. zone.Connection.Rows($"SELECT DISTINCT unnest(json_keys(json)) AS name FROM {source} WHERE json_type(json) = 'OBJECT' ORDER BY name", cancellationToken).Select(r => r.Text(0))];

    private string Objects(InspectedFile file) => $"read_ndjson_objects({Sql.Text(file.Path)}, {Limits()}, ignore_errors = true)";

    private string Options(InspectedFile file) => $"format = '{(file.Format is FileFormat.Json ? "array" : "newline_delimited")}', {Limits()}";

    private string Limits() => string.Create(CultureInfo.InvariantCulture, $"maximum_object_size = {zone.Limits.MaxLineBytes}, compression = 'uncompressed', hive_partitioning = false");

    private IEnumerable<string> NamesBut(IReadOnlyDictionary<string, string?> fromPath) =>
        zone.Spec.Columns.Select(c => c.Name).Where(name => !fromPath.ContainsKey(name));
}
