using MlOps.Data.Ingest.Images.Jpeg;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest.Images;

/// <summary>The table of the pictures of a drop: a row each, in the order of their names, the broken ones included.</summary>
/// <param name="zone">Where it is made.</param>
/// <param name="withContent">Whether the pictures themselves are in it.</param>
internal sealed class PictureTable(LandingZone zone, bool withContent)
{
    /// <summary>The column that holds the whole file, as base64; made only where it is declared.</summary>
    public const string Content = "content";

    private const int RowsAtOnce = 2048;
    private const int CharactersAtOnce = 16 << 20;

    private readonly InputColumn<long> _number = new("number", DuckDbType.BigInt);
    private readonly InputTextColumn _fault = new("fault");
    private readonly InputTextColumn _path = new("path");
    private readonly InputTextColumn _label = new("label");
    private readonly InputColumn<long> _width = new("width", DuckDbType.BigInt);
    private readonly InputColumn<long> _height = new("height", DuckDbType.BigInt);
    private readonly InputTextColumn _format = new("format");
    private readonly InputColumn<long> _bytes = new("bytes", DuckDbType.BigInt);
    private readonly InputTextColumn _sha256 = new("sha256");
    private readonly InputColumn<double> _brightness = new("brightness", DuckDbType.Double);
    private readonly InputColumn<double> _contrast = new("contrast", DuckDbType.Double);
    private readonly InputTextColumn _content = new(Content);

    /// <summary>Names of what every picture has.</summary>
    public static IReadOnlyList<string> Names { get; } = ["path", "label", "width", "height", "format", "bytes", "sha256", "brightness", "contrast", Content];

    /// <summary>Reads the pictures into a new table.</summary>
    /// <returns>Its name; <c>number</c> counts from 1, <c>fault</c> is NULL where the picture could be read.</returns>
    public string Make(IReadOnlyList<InspectedFile> pictures, CancellationToken cancellationToken)
    {
        var table = LandingZone.NextTable("pictures");
        var columns = Columns();
        var source = RowSource.Register(zone.Connection, table + "_source", columns);
        zone.Connection.Execute($"CREATE TEMP TABLE {table} AS FROM {table}_source()", cancellationToken);
        var (rows, characters) = (0, 0L);
        for (var i = 0; i < pictures.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            characters += Add(i + 1, pictures[i]);
            rows++;
            if (rows < RowsAtOnce && characters < CharactersAtOnce && i + 1 < pictures.Count) continue;
            source.Parts = [new(columns, rows)];
            zone.Connection.Execute($"INSERT INTO {table} FROM {table}_source()", cancellationToken);
            columns.ForEach(c => c.Clear());
            (rows, characters) = (0, 0);
        }
        return table;
    }

    private List<InputColumn> Columns()
    {
        List<InputColumn> columns = [_number, _fault, _path, _label, _width, _height, _format, _bytes, _sha256, _brightness, _contrast];
        if (withContent) columns.Add(_content);
        return columns;
    }

    private int Add(long number, InspectedFile picture)
    {
        using var stream = File.OpenRead(picture.Path);
        var kind = KindOf(stream);
        var (facts, fault) = Read(stream, kind);
        _number.Add(number);
        _fault.Add(fault);
        _path.Add(picture.Name);
        _label.Add(picture.Name.Split('/') is [.., var folder, _] ? folder : null);
        _format.Add(kind?.ToString().ToLowerInvariant());
        _bytes.Add(picture.Bytes);
        _sha256.Add(picture.Sha256);
        Add(_width, facts?.Width);
        Add(_height, facts?.Height);
        Add(_brightness, facts?.Brightness);
        Add(_contrast, facts?.Contrast);
        if (!withContent) return 0;
        var content = facts is null ? null : Convert.ToBase64String(File.ReadAllBytes(picture.Path));
        _content.Add(content);
        return content?.Length ?? 0;
    }

    private static void Add<T>(InputColumn<T> column, T? value) where T : unmanaged
    {
        if (value is { } known) column.Add(known);
        else column.AddMissing();
    }

    private (PictureFacts? Facts, string? Fault) Read(FileStream stream, ImageKind? kind)
    {
        try
        {
            return kind switch
            {
                ImageKind.Png => (PngReader.Read(stream, zone.Limits.MaxPixels), null),
                ImageKind.Jpeg => (JpegReader.Read(stream, zone.Limits.MaxPixels), null),
                _ => (null, $"pictures of the format {kind?.ToString().ToUpperInvariant()} are not read; save it as PNG or JPEG."),
            };
        }
        catch (BrokenImageException e)
        {
            return (null, $"the picture cannot be read: {e.Message}.");
        }
    }

    private static ImageKind? KindOf(FileStream stream)
    {
        Span<byte> start = stackalloc byte[16];
        stream.Position = 0;
        var kind = ImageFormat.KindOf(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        stream.Position = 0;
        return kind;
    }
}
