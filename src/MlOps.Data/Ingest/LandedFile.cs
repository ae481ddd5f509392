using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>A file as a relation, not yet converted.</summary>
/// <param name="File">The file.</param>
/// <param name="Relation">SQL of the relation.</param>
/// <param name="RowNumber">SQL of a row's number in the relation, from 1.</param>
/// <param name="Rows">Rows of the relation.</param>
/// <param name="Casts">Of each declared column, how its values become the declared type.</param>
internal sealed record LandedFile(InspectedFile File, string Relation, string RowNumber, long Rows, IReadOnlyList<ColumnCast> Casts)
{
    /// <summary>Rows that are not in the relation because what is around their values is broken.</summary>
    public long BrokenRows { get; init; }

    /// <summary>Finds rows in the file.</summary>
    public RowLocator Locate { get; init; } = RowPlaces.ByNumber;

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
