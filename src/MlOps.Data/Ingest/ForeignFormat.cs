namespace MlOps.Data.Ingest;

/// <summary>Formats that people drop and that are not read here: better told by name than as broken text.</summary>
internal static class ForeignFormat
{
    /// <summary>What a file is and what to do, by its first bytes; <see langword="null"/>: nothing that is known here.</summary>
    public static (string What, string Remedy)? Find(ReadOnlySpan<byte> start) => start switch
    {
        [(byte)'P', (byte)'K', 3 or 5 or 7, 4 or 6 or 8, ..] => ("a zip archive (or an Excel workbook)", "Unpack it and drop the folder; save a workbook as CSV."),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => ("an old Excel workbook", "Save it as CSV."),
        [(byte)'B', (byte)'Z', (byte)'h', _, 0x31, 0x41, 0x59, 0x26, ..] => ("compressed by bzip2", "Expand it, or compress it by gzip or zstd."),
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => ("compressed by xz", "Expand it, or compress it by gzip or zstd."),
        [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => ("a 7-Zip archive", "Unpack it and drop the folder."),
        [(byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', 0, ..] => ("an Arrow file", "Write it as parquet."),
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] => ("an Avro file", "Write it as parquet."),
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', ..] => ("a PDF", "Drop the data behind it."),
        _ => null,
    };
}
