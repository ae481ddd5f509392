using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Images;

/// <summary>Makes the pictures of a drop one relation, with what a manifest says of them.</summary>
internal sealed class PictureLander(LandingZone zone)
{
    /// <summary>Lands the pictures.</summary>
    /// <exception cref="DatasetFileException">A declared column is neither one of a picture nor of the manifest; or the manifest cannot be used.</exception>
    public LandedFile Land(DropContent drop, InspectedFile? manifest, CancellationToken cancellationToken)
    {
        var said = manifest is null ? ManifestRows.None : new ManifestLander(zone).Land(manifest, cancellationToken);
        if (zone.Spec.Columns.FirstOrDefault(c => !said.Columns.Contains(c.Name) && !PictureTable.Names.Contains(c.Name)) is { } missing)
            throw Missing(drop.Pictures, missing.Name, [.. said.Columns.Union(PictureTable.Names)]);

        var table = new PictureTable(zone, zone.Spec.Columns.Any(c => c.Name == PictureTable.Content)).Make(drop.Pictures, cancellationToken);
        var broken = BrokenOf(table, drop.Pictures, cancellationToken);
        if (said.Table is not null) broken.AddRange(said.NotIn(table, zone, cancellationToken));

        var columns = zone.Spec.Columns.Select(c => $"{(said.Columns.Contains(c.Name) ? "m" : "p")}.{Sql.Name(c.Name)}");
        var source = $"{table} AS p{(said.Table is { } names ? $" LEFT JOIN {names} AS m ON m.__path = p.path" : "")}";
        var relation = $"(SELECT p.number AS __row, {string.Join(", ", columns)} FROM {source} WHERE p.fault IS NULL ORDER BY p.number)";
        var rows = zone.Connection.Rows($"SELECT count(*) FROM {table} WHERE fault IS NULL", cancellationToken)[0].Long(0);
        return new(drop.PictureSet!, relation, "__row", rows, zone.Casts(manifest?.Name ?? drop.PictureSet!.Name, zone.Describe(relation, cancellationToken)))
        {
            BrokenRows = broken.Count,
            Locate = wanted => new(broken, [.. wanted.Select(row => new RowPlace(row, Line: null, drop.Pictures[(int)row - 1].Name))]),
        };
    }

    private List<BrokenRow> BrokenOf(string table, IReadOnlyList<InspectedFile> pictures, CancellationToken cancellationToken) =>
        [.. zone.Connection.Rows($"SELECT number, coalesce(format, ''), fault FROM {table} WHERE fault IS NOT NULL ORDER BY number", cancellationToken)
            .Select(r => new BrokenRow(new(r.Long(0), Line: null, pictures[(int)r.Long(0) - 1].Name), "", r.Text(1), r.Text(2)))];

    private static DatasetFileException Missing(IReadOnlyList<InspectedFile> pictures, string column, IReadOnlyCollection<string> present)
    {
        var faults = pictures.Select(p => LandingZone.Missing(p.Name, column, present)).ToList();
        return faults[0].With(faults[1..]);
    }
}
