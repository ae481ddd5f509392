using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>What one pass over a dataset found.</summary>
internal sealed record DatasetScan
{
    /// <summary>Rows of the canonical file.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break at least one rule.</summary>
    public required long Broken { get; init; }

    /// <summary>Rows that break none.</summary>
    public long Kept => Rows - Broken;

    /// <summary>The row rules, each with the rows that break it and the first of them (from 0; -1 for none).</summary>
    public required IReadOnlyList<(RowRule Rule, long Count, long First)> Rules { get; init; }

    /// <summary>The measures of each check, in the order of the checks.</summary>
    public required IReadOnlyList<IReadOnlyList<object?>> Measures { get; init; }

    /// <summary>For each broken rule, by its text: one offending row in words.</summary>
    public IReadOnlyDictionary<string, string> Examples { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Measures.</summary>
    /// <param name="connection">A connection that may read the file.</param>
    /// <param name="source">SQL of the dataset, with <c>file_row_number</c>.</param>
    /// <param name="spec">The rules.</param>
    /// <param name="checks">The checks.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    public static DatasetScan Run(
        DuckDbConnection connection, string source, DataSpec spec, IReadOnlyList<DatasetCheck> checks, CancellationToken cancellationToken)
    {
        var rules = RowRule.Of(spec);
        var aggregates = new List<string> { "count(*)", $"count(*) FILTER (WHERE NOT ({RowRules.Predicate(spec)}))" };
        foreach (var rule in rules)
        {
            aggregates.Add($"count(*) FILTER (WHERE {rule.Broken})");
            aggregates.Add($"coalesce(min(file_row_number) FILTER (WHERE {rule.Broken}), -1)");
        }
        aggregates.AddRange(checks.SelectMany(c => c.Aggregates));

        var row = connection.Rows($"SELECT {string.Join(", ", aggregates)} FROM {source}", cancellationToken)[0];
        var at = 2 + (2 * rules.Count);
        var measures = new List<IReadOnlyList<object?>>();
        foreach (var check in checks)
        {
            measures.Add([.. Enumerable.Range(at, check.Aggregates.Count).Select(i => row[i])]);
            at += check.Aggregates.Count;
        }
        return new DatasetScan
        {
            Rows = row.Long(0),
            Broken = row.Long(1),
            Rules = [.. rules.Select((rule, i) => (rule, row.Long(2 + (2 * i)), row.Long(3 + (2 * i))))],
            Measures = measures,
        };
    }
}
