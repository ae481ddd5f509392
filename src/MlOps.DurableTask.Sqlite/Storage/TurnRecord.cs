using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>
/// The events of one turn as stored: 4 bytes CRC-32C of the rest, then each event as protobuf with its length in front. SQLite does not
/// notice a flipped bit inside a row; the checksum does.
/// </summary>
internal static class TurnRecord
{
    private const int HeaderBytes = 4;

    public static byte[] Encode(IReadOnlyList<HistoryEvent> events)
    {
        var size = HeaderBytes;
        var sizes = new int[events.Count];
        for (var i = 0; i < sizes.Length; i++)
        {
            sizes[i] = events[i].CalculateSize();
            size += CodedOutputStream.ComputeLengthSize(sizes[i]) + sizes[i];
        }

        var record = new byte[size];
        var at = HeaderBytes;
        for (var i = 0; i < sizes.Length; i++)
        {
            at += WriteLength(record.AsSpan(at), sizes[i]);
            events[i].WriteTo(record.AsSpan(at, sizes[i]));
            at += sizes[i];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(record, Checksum(record.AsSpan(HeaderBytes)));
        return record;
    }

    /// <exception cref="InvalidDataException">The bytes are not what was written.</exception>
    public static List<HistoryEvent> Decode(ReadOnlySpan<byte> record)
    {
        if (record.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(record) != Checksum(record[HeaderBytes..]))
            throw new InvalidDataException("The checksum of a history record does not match: the file is damaged. Restore a backup, or purge the instance.");
        var events = new List<HistoryEvent>();
        for (var rest = record[HeaderBytes..]; rest.Length > 0;)
        {
            var length = ReadLength(ref rest);
            events.Add(HistoryEvent.Parser.ParseFrom(rest[..length]));
            rest = rest[length..];
        }
        return events;
    }

    private static int WriteLength(Span<byte> target, int length)
    {
        var at = 0;
        var rest = (uint)length;
        while (rest >= 0x80)
        {
            target[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        target[at++] = (byte)rest;
        return at;
    }

    private static int ReadLength(ref ReadOnlySpan<byte> source)
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = source[0];
            source = source[1..];
            length |= (next & 0x7F) << shift;
            if (next < 0x80)
                return length;
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var single in data[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, single);
        return ~crc;
    }
}
