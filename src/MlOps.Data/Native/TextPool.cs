using System.Text;

namespace MlOps.Data.Native;

/// <summary>One string object for each distinct text: a column of categories has few of them, a million times each.</summary>
public sealed class TextPool
{
    // Beyond this many distinct texts a column is no category, and remembering it only costs memory.
    private const int Capacity = 1 << 16;

    // A long text is no category, and a pool lives as long as its model.
    private const int MaxBytes = 256;

    private readonly Dictionary<ulong, (byte[] Bytes, string Text)> _texts = [];

    /// <summary>The text of UTF-8 bytes.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        if (utf8.Length > MaxBytes) return Encoding.UTF8.GetString(utf8);
        var hash = Hash(utf8);
        if (_texts.TryGetValue(hash, out var known) && utf8.SequenceEqual(known.Bytes)) return known.Text;
        var text = Encoding.UTF8.GetString(utf8);
        if (_texts.Count < Capacity) _texts.TryAdd(hash, (utf8.ToArray(), text));
        return text;
    }

    // FNV-1a over eight bytes at a time.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL ^ (ulong)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = (hash ^ BitConverter.ToUInt64(bytes)) * 1099511628211UL;
            hash ^= hash >> 29;
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var value in bytes) hash = (hash ^ value) * 1099511628211UL;
        return hash;
    }
}
