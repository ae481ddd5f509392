using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Images;

/// <summary>What a manifest says of pictures.</summary>
/// <param name="Table">Its rows: <c>number</c>, <c>__path</c> as pictures are named, and its columns; <see langword="null"/>: there is no manifest.</param>
/// <param name="Columns">The declared columns that it has.</param>
/// <param name="Landed">The manifest as it lies.</param>
internal sealed record ManifestRows(string? Table, IReadOnlySet<string> Columns, LandedFile? Landed)
{
    public static ManifestRows None { get; } = new(null, new HashSet<string>(StringComparer.Ordinal), null);

    /// <summary>Rows of which there is no picture, and those that could not be read.</summary>
    public IEnumerable<BrokenRow> NotIn(string pictures, LandingZone zone, CancellationToken cancellationToken)
    {
        var lost = zone.Connection.Rows($"SELECT number, __path FROM {Table} AS m WHERE NOT EXISTS (FROM {pictures} AS p WHERE p.path = m.__path) ORDER BY number", cancellationToken);
        if (lost.Count + Landed!.BrokenRows is 0) return [];
        var places = Landed.Locate([.. lost.Select(r => r.Long(0))]);
        return places.Broken.Concat(lost.Zip(places.Wanted, (r, place) => new BrokenRow(place, "", r.Text(1), "the drop has no such picture.")))
            .Select(b => b with { Place = b.Place with { File = Landed.File.Name } });
    }
}

/// <summary>Reads a manifest of pictures.</summary>
internal sealed class ManifestLander(LandingZone zone)
{
    /// <summary>Reads a manifest.</summary>
    /// <exception cref="DatasetFileException">It cannot be read, or names a picture twice.</exception>
    public ManifestRows Land(InspectedFile manifest, CancellationToken cancellationToken)
    {
        var present = new FileLander(zone).ColumnsOf(manifest, cancellationToken);
        var name = PictureManifest.NameColumnOf(present)!;
        // Of what a picture tells itself, only the label may be told otherwise.
        var said = zone.Spec.Columns.Where(c => present.Contains(c.Name, StringComparer.Ordinal) && (c.Name is "label" || !PictureTable.Names.Contains(c.Name))).ToList();
        List<ColumnSpec> columns = [new() { Name = name, Type = ColumnType.String }, .. said.Where(c => c.Name != name)];
        var landed = new FileLander(zone.For(columns)).Land(manifest, cancellationToken);

        var table = LandingZone.NextTable("manifest");
        var folder = manifest.Name[..(manifest.Name.LastIndexOf('/') + 1)];
        var path = $@"{Sql.Text(folder)} || regexp_replace(replace(CAST({Sql.Name(name)} AS VARCHAR), '\', '/'), '^(\./)+', '')";
        var values = string.Concat(said.Select(c => $", {Sql.Name(c.Name)}"));
        zone.Connection.Execute($"CREATE TEMP TABLE {table} AS SELECT {landed.RowNumber} AS number, {path} AS __path{values} FROM {landed.Relation}", cancellationToken);
        RefuseRepeats(manifest, name, table, landed, cancellationToken);
        return new(table, said.Select(c => c.Name).ToHashSet(StringComparer.Ordinal), landed);
    }

    private void RefuseRepeats(InspectedFile manifest, string name, string table, LandedFile landed, CancellationToken cancellationToken)
    {
        var repeats = zone.Connection.Rows($"SELECT max(number), __path FROM {table} GROUP BY __path HAVING count(*) > 1 ORDER BY 1 LIMIT 1", cancellationToken);
        if (repeats is not [var first]) return;
        throw new DatasetFileException(manifest.Name, "the picture is named twice.", "Keep one row of each picture.",
            landed.Locate([first.Long(0)]).Wanted[0].Line, name, first.Text(1));
    }
}
