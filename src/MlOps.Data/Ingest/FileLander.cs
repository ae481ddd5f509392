using MlOps.Data.Ingest.Text;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>Makes files into relations: parquet as it lies, text as a table of texts, so that conversion is ours and never silent.</summary>
internal sealed class FileLander(LandingZone zone)
{
    /// <summary>Names of the columns that a file has.</summary>
    /// <exception cref="DatasetFileException">The file cannot be read.</exception>
    public IReadOnlyList<string> ColumnsOf(InspectedFile file, CancellationToken cancellationToken) => Try(file, () => file.Format switch
    {
        FileFormat.Parquet => [.. zone.Describe(Parquet(file), cancellationToken).Keys],
        FileFormat.Csv => new CsvLander(zone).ColumnsOf(file),
        _ => new JsonLander(zone).ColumnsOf(file, cancellationToken),
    });

    /// <summary>Makes a file into a relation.</summary>
    /// <exception cref="DatasetFileException">A declared column is missing or of a type that does not convert, or there are no rows.</exception>
    public LandedFile Land(InspectedFile file, CancellationToken cancellationToken)
    {
        var landed = LandOrEmpty(file, cancellationToken);
        return landed.Rows + landed.BrokenRows > 0
            ? landed
            : throw new DatasetFileException(file.Name, "the file has no rows.", "Drop a file with data.");
    }

    /// <summary>As <see cref="Land"/>, but takes a file without rows.</summary>
    public LandedFile LandOrEmpty(InspectedFile file, CancellationToken cancellationToken) => Try(file, () => file.Format switch
    {
        FileFormat.Parquet => LandParquet(file, cancellationToken),
        FileFormat.Csv => new CsvLander(zone).Land(file, cancellationToken),
        _ => new JsonLander(zone).Land(file, cancellationToken),
    });

    /// <summary>Reads a landed file through, as no other work does so soon: a part of parquet may be damaged where nothing has looked yet.</summary>
    /// <exception cref="DatasetFileException">It cannot be read.</exception>
    public void RequireReadable(LandedFile landed, CancellationToken cancellationToken)
    {
        var values = string.Join(", ", landed.Casts.Select(c => c.Value));
        Try(landed.File, () => zone.Connection.Rows($"SELECT bit_xor(hash({values})) IS NULL FROM {landed.Relation}", cancellationToken));
    }

    private LandedFile LandParquet(InspectedFile file, CancellationToken cancellationToken)
    {
        var types = zone.Describe(Parquet(file), cancellationToken);
        var fromPath = zone.FromPath(file, types.Keys);
        foreach (var name in fromPath.Keys) types[name] = "VARCHAR";
        var rows = zone.Connection.Rows($"SELECT num_rows FROM parquet_file_metadata({Sql.Text(file.Path)})", cancellationToken)[0].Long(0);
        var source = $"read_parquet({Sql.Text(file.Path)}, file_row_number = true, hive_partitioning = false)";
        if (fromPath.Count > 0) source = $"(SELECT file_row_number, {zone.Select(fromPath)} FROM {source})";
        return new(file, source, "(file_row_number + 1)", rows, zone.Casts(file.Name, types));
    }

    private static string Parquet(InspectedFile file) => $"read_parquet({Sql.Text(file.Path)}, hive_partitioning = false)";

    private static T Try<T>(InspectedFile file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DuckDbException e) when (!e.DiskFull && !e.OutOfMemory)
        {
            throw file.Format is FileFormat.Parquet
                ? new(file.Name, $"the parquet file cannot be read ({e.Summary}).", "Write it again; its data or its footer is damaged.", inner: e)
                : new DatasetFileException(file.Name, $"the file cannot be read ({e.Summary}).", "Correct it and drop it again.", inner: e);
        }
    }
}
