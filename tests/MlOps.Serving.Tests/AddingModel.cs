using System.Buffers.Binary;
using System.Text;

namespace MlOps.Serving.Tests;

/// <summary>An ONNX file whose one operator adds a constant to its input: small enough to write down by field numbers (onnx.proto).</summary>
internal static class AddingModel
{
    private const ulong Float = 1;

    public static byte[] Of(float constant)
    {
        var raw = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(raw, constant);
        var node = new Message().Text(1, "size").Text(1, "constant").Text(2, "prediction").Text(4, "Add");
        var initializer = new Message().Number(1, 1).Number(1, 1).Number(2, Float).Text(8, "constant").Bytes(9, raw);
        var graph = new Message().Part(1, node).Text(2, "adding").Part(5, initializer).Part(11, Value("size")).Part(12, Value("prediction"));
        return new Message().Number(1, 8).Part(7, graph).Part(8, new Message().Text(1, "").Number(2, 17)).ToArray();
    }

    private static Message Value(string name)
    {
        var shape = new Message().Part(1, new Message().Text(2, "n")).Part(1, new Message().Number(1, 1));
        return new Message().Text(1, name).Part(2, new Message().Part(1, new Message().Number(1, Float).Part(2, shape)));
    }

    /// <summary>A protobuf message, field by field.</summary>
    private sealed class Message
    {
        private readonly List<byte> _bytes = [];

        public Message Number(int field, ulong value)
        {
            Varint((ulong)field << 3);
            Varint(value);
            return this;
        }

        public Message Bytes(int field, byte[] value)
        {
            Varint(((ulong)field << 3) | 2);
            Varint((ulong)value.Length);
            _bytes.AddRange(value);
            return this;
        }

        public Message Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Message Part(int field, Message value) => Bytes(field, value.ToArray());

        public byte[] ToArray() => [.. _bytes];

        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
            _bytes.Add((byte)value);
        }
    }
}
