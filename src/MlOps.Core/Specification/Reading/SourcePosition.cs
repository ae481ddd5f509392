namespace MlOps.Core.Specification.Reading;

/// <summary>A place in a file that a person wrote.</summary>
/// <param name="File">Name of the file as the caller gave it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Character of the line, from 1.</param>
public sealed record SourcePosition(string File, int Line, int Column) : IComparable<SourcePosition>
{
    /// <inheritdoc/>
    public int CompareTo(SourcePosition? other) =>
        other is null ? 1 : (Line, Column).CompareTo((other.Line, other.Column));

    /// <summary>Whether one place lies before another of the same file.</summary>
    public static bool operator <(SourcePosition left, SourcePosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether one place lies behind another of the same file.</summary>
    public static bool operator >(SourcePosition left, SourcePosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether one place lies before another of the same file, or is the same.</summary>
    public static bool operator <=(SourcePosition left, SourcePosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one place lies behind another of the same file, or is the same.</summary>
    public static bool operator >=(SourcePosition left, SourcePosition right) => left.CompareTo(right) >= 0;

    /// <summary>As compilers write it, so that editors and terminals link it: <c>file:line:column</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
