namespace MlOps.Storage.Blobs;

/// <summary>The one rule of what may name a blob: names become paths, so nothing here may lead out of the store.</summary>
public static class BlobName
{
    /// <summary>Most characters of a name.</summary>
    public const int MostCharacters = 1024;

    /// <summary>Most bytes of UTF-8 of one segment: what file systems hold.</summary>
    public const int MostSegmentBytes = 255;

    /// <summary>Checks a name.</summary>
    /// <exception cref="BlobNameException">It breaks a rule.</exception>
    public static void Check(string name)
    {
        if (FindFault(name) is { } rule) throw new BlobNameException(name, rule);
    }

    /// <summary>The rule that a name breaks, or <see langword="null"/>.</summary>
    public static string? FindFault(string name)
    {
        if (name.Length is 0) return "it is empty.";
        if (FindFaultOfCharacters(name) is { } rule) return rule;
        foreach (var segment in name.Split('/'))
        {
            if (segment.Length is 0) return "it has an empty segment.";
            if (segment is "." or "..") return $"'{segment}' is a segment.";
            if (System.Text.Encoding.UTF8.GetByteCount(segment) > MostSegmentBytes) return $"a segment has more than {MostSegmentBytes} bytes.";
        }
        return null;
    }

    /// <summary>Checks the beginning of names: as a name, but its last segment may be a part of one, or nothing.</summary>
    /// <exception cref="BlobNameException">No name begins so.</exception>
    public static void CheckPrefix(string prefix)
    {
        var whole = prefix.LastIndexOf('/');
        if (whole >= 0) Check(prefix[..whole] is { Length: > 0 } folder ? folder : "/");
        if (FindFaultOfCharacters(prefix) is { } rule) throw new BlobNameException(prefix, rule);
    }

    private static string? FindFaultOfCharacters(string name)
    {
        if (name.Length > MostCharacters) return $"it has more than {MostCharacters} characters.";
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is '\\') return "it has a backslash.";
            if (char.IsControl(name[i])) return "it has a control character.";
            if (!char.IsSurrogate(name[i])) continue;
            // Half of a surrogate pair has no UTF-8: two such names would be one file.
            if (i + 1 == name.Length || !char.IsSurrogatePair(name[i], name[i + 1])) return "it is no valid Unicode text.";
            i++;
        }
        return null;
    }
}
