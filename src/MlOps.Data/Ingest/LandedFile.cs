using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>A file as a relation: every declared column under its name, plus the number of the row.</summary>
/// <param name="File">The file.</param>
/// <param name="Relation">SQL of the relation.</param>
/// <param name="RowNumber">SQL of the row's number in the relation, from 1.</param>
/// <param name="Rows">Rows of the relation.</param>
/// <param name="Casts">How each declared column, in the declared order, takes its type.</param>
internal sealed record LandedFile(InspectedFile File, string Relation, string RowNumber, long Rows, IReadOnlyList<ColumnCast> Casts)
{
    /// <summary>Rows that are not in the relation because the text around them is broken; in the order of the file.</summary>
    public IReadOnlyList<BrokenRecord> Broken { get; init; } = [];

    /// <summary>Lines of text before the header.</summary>
    public int SkippedLines { get; init; }

    /// <summary>SQL that is true where every value takes its type; <see langword="null"/>: everywhere.</summary>
    public string? Accepts
    {
        get
        {
            var conditions = Casts.Where(c => c.Accepts is not null).Select(c => c.Accepts).ToList();
            return conditions.Count == 0 ? null : string.Join(" AND ", conditions);
        }
    }

    /// <summary>SQL of the readable rows in their declared types.</summary>
    public string Readable(IReadOnlyList<ColumnSpec> columns)
    {
        var values = columns.Select((column, i) => $"{Casts[i].Value} AS {Sql.Name(column.Name)}");
        return $"SELECT {string.Join(", ", values)} FROM {Relation}{(Accepts is { } accepts ? $" WHERE {accepts}" : "")}";
    }
}

/// <summary>A record whose text is broken: too many fields, too few, a quote that never closes.</summary>
/// <param name="Offset">Where it begins, in bytes from the start of the file.</param>
/// <param name="Column">The column in question; empty where there is none.</param>
/// <param name="Text">The record's text.</param>
/// <param name="Reason">What is broken.</param>
internal sealed record BrokenRecord(long Offset, string Column, string Text, string Reason);
