namespace MlOps.Data.Ingest.Images;

/// <summary>How a picture is written.</summary>
internal enum ImageKind
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>Graphics Interchange Format.</summary>
    Gif,

    /// <summary>WebP.</summary>
    Webp,

    /// <summary>Tagged Image File Format.</summary>
    Tiff,
}

/// <summary>Knows pictures by their first bytes.</summary>
internal static class ImageFormat
{
    /// <summary>The kind of a picture; <see langword="null"/>: it is none.</summary>
    public static ImageKind? KindOf(ReadOnlySpan<byte> start) => start switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageKind.Png,
        [0xFF, 0xD8, 0xFF, ..] => ImageKind.Jpeg,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageKind.Gif,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageKind.Webp,
        [(byte)'I', (byte)'I', (byte)'*', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*', ..] => ImageKind.Tiff,
        _ => null,
    };
}
