using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Trainer;

/// <summary>A file that holds the newest round. Written anew at most every few seconds: on a mounted container each write is a request.</summary>
internal sealed class ProgressFile(string path, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);
    private long? _written;

    /// <summary>Takes a round; the last one is always written.</summary>
    public void Write<T>(T line, bool last)
    {
        if (!last && _written is { } before && time.GetElapsedTime(before) < s_interval) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(line, MlOpsJson.Compact));
        _written = time.GetTimestamp();
    }
}
