using System.Buffers.Binary;

namespace MlOps.Data.Ingest;

/// <summary>The fixed frame of a parquet file: <c>PAR1</c>, data, footer, length of the footer, <c>PAR1</c>.</summary>
internal static class ParquetEnvelope
{
    private const int TailLength = 8;

    /// <summary>Checks that a file which begins like parquet also ends like it.</summary>
    /// <exception cref="DatasetFileException">The end is missing, or the footer's length cannot be true.</exception>
    public static void Check(string name, FileStream stream)
    {
        Span<byte> tail = stackalloc byte[TailLength];
        if (stream.Length < 4 + TailLength) throw Truncated(name, stream.Length);
        stream.Position = stream.Length - TailLength;
        stream.ReadExactly(tail);
        if (tail[4..].SequenceEqual("PARE"u8))
            throw new DatasetFileException(name, "the parquet footer is encrypted.", "Write the file without encryption.");
        if (!tail[4..].SequenceEqual("PAR1"u8)) throw Truncated(name, stream.Length);
        var footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footer == 0 || footer > stream.Length - 4 - TailLength)
        {
            throw new DatasetFileException(name,
                $"the parquet footer claims {footer:N0} bytes, the file has {stream.Length:N0}.", "Write the file again.");
        }
    }

    private static DatasetFileException Truncated(string name, long length) =>
        new(name, $"the parquet file is cut off: its {length:N0} bytes do not end with 'PAR1'.", "Drop it again once it is complete.");
}
