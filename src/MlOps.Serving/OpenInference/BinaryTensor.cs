using System.Buffers.Binary;

namespace MlOps.Serving.OpenInference;

/// <summary>Reads a tensor's elements in binary: little-endian, row by row, without gaps.</summary>
internal static class BinaryTensor
{
    /// <exception cref="InferException">The bytes are not those of so many elements.</exception>
    public static TensorValues Read(string input, Datatype datatype, int count, ReadOnlyMemory<byte> bytes)
    {
        if (datatype == Datatype.Bytes) return new TextValues(Texts(input, count, bytes));
        if (bytes.Length != (long)count * datatype.Size)
            throw new InferException($"input '{input}' has {bytes.Length} bytes of binary data, its shape and datatype {datatype.Name} ask for {(long)count * datatype.Size}.");
        if (datatype == Datatype.Bool) return new TruthValues(Truths(input, bytes.Span));
        return datatype.IsWhole ? new WholeValues(Wholes(input, datatype, count, bytes.Span)) : new RealValues(Reals(datatype, count, bytes.Span));
    }

    private static ReadOnlyMemory<byte>?[] Texts(string input, int count, ReadOnlyMemory<byte> bytes)
    {
        // Every element has its length: a shape must not make room for what was never sent.
        if (count > bytes.Length / sizeof(uint)) throw new InferException($"input '{input}': {bytes.Length} bytes of binary data are too few for {count} elements of BYTES.");
        var texts = new ReadOnlyMemory<byte>?[count];
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length < sizeof(uint)) throw Short(i);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
            bytes = bytes[sizeof(uint)..];
            if (length > bytes.Length) throw Short(i);
            texts[i] = bytes[..(int)length];
            bytes = bytes[(int)length..];
        }

        return bytes.IsEmpty ? texts : throw new InferException($"input '{input}' has {bytes.Length} bytes of binary data more than its {count} elements take.");

        InferException Short(int element) => new($"input '{input}': its binary data ends within element {element} of {count}.");
    }

    private static bool?[] Truths(string input, ReadOnlySpan<byte> bytes)
    {
        var values = new bool?[bytes.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = bytes[i] switch { 0 => false, 1 => true, var other => throw new InferException($"input '{input}': element {i} is {other}; a BOOL is 0 or 1.") };
        return values;
    }

    private static long?[] Wholes(string input, Datatype datatype, int count, ReadOnlySpan<byte> bytes)
    {
        var values = new long?[count];
        for (var i = 0; i < count; i++)
        {
            var element = bytes.Slice(i * datatype.Size, datatype.Size);
            values[i] = datatype.Name switch
            {
                "INT8" => (sbyte)element[0],
                "UINT8" => element[0],
                "INT16" => BinaryPrimitives.ReadInt16LittleEndian(element),
                "UINT16" => BinaryPrimitives.ReadUInt16LittleEndian(element),
                "INT32" => BinaryPrimitives.ReadInt32LittleEndian(element),
                "UINT32" => BinaryPrimitives.ReadUInt32LittleEndian(element),
                "UINT64" when BinaryPrimitives.ReadUInt64LittleEndian(element) is > long.MaxValue and var large =>
                    throw new InferException($"input '{input}': element {i} is {large}; at most {long.MaxValue} is taken."),
                _ => BinaryPrimitives.ReadInt64LittleEndian(element),
            };
        }

        return values;
    }

    private static double[] Reals(Datatype datatype, int count, ReadOnlySpan<byte> bytes)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            var element = bytes.Slice(i * datatype.Size, datatype.Size);
            values[i] = datatype.Name switch
            {
                "FP16" => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                // The upper half of an FP32.
                "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(element) << 16),
                "FP32" => BinaryPrimitives.ReadSingleLittleEndian(element),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(element),
            };
        }

        return values;
    }
}
