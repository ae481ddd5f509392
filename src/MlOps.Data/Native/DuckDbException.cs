using System.Runtime.InteropServices;

namespace MlOps.Data.Native;

/// <summary>DuckDB could not do what it was asked.</summary>
/// <param name="message">DuckDB's own message, which begins with the kind of error: <c>Conversion Error: …</c>.</param>
public sealed class DuckDbException(string message) : Exception(message)
{
    /// <summary>Whether the disk (or the limit on temporary files) is full.</summary>
    public bool DiskFull =>
        Message.Contains("No space left", StringComparison.OrdinalIgnoreCase)
        || Message.Contains("max_temp_directory_size", StringComparison.Ordinal);

    /// <summary>Whether the limit on memory was reached and nothing more could be moved to disk.</summary>
    public bool OutOfMemory => Message.StartsWith("Out of Memory Error", StringComparison.Ordinal) && !DiskFull;

    /// <summary>Whether the work was stopped from outside.</summary>
    internal bool Interrupted => Message.StartsWith("INTERRUPT Error", StringComparison.Ordinal);

    /// <summary>The message's first line, without the kind of error.</summary>
    internal string Summary
    {
        get
        {
            var line = Message.Split('\n', 2)[0].Trim();
            var colon = line.IndexOf("Error: ", StringComparison.Ordinal);
            return colon is >= 0 and < 40 ? line[(colon + "Error: ".Length)..] : line;
        }
    }

    internal static DuckDbException From(nint utf8) => new(Marshal.PtrToStringUTF8(utf8) ?? "DuckDB gave no reason.");
}
