using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Validation;

/// <summary>Everything that checks need to know of a dataset, measured in one pass.</summary>
internal sealed record DatasetScan
{
    /// <summary>Rows of the canonical file.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break at least one rule.</summary>
    public required long Broken { get; init; }

    /// <summary>The row rules, each with the rows that break it and the first of them (from 0; -1 for none).</summary>
    public required IReadOnlyList<(RowRule Rule, long Count, long First)> Rules { get; init; }

    /// <summary>Missing values of the columns that a check asks for.</summary>
    public required IReadOnlyDictionary<string, long> Missing { get; init; }

    /// <summary>Distinct values, among kept rows, of the columns with a limit.</summary>
    public required IReadOnlyDictionary<string, long> Distinct { get; init; }

    /// <summary>For each broken rule, by its text: one offending row in words.</summary>
    public IReadOnlyDictionary<string, string> Examples { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Measures.</summary>
    /// <param name="connection">A connection that may read the file.</param>
    /// <param name="source">SQL of the dataset, with <c>file_row_number</c>.</param>
    /// <param name="spec">Rules and checks.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    public static DatasetScan Run(DuckDbConnection connection, string source, DataSpec spec, CancellationToken cancellationToken)
    {
        var rules = RowRule.Of(spec);
        var missing = spec.Checks.OfType<MissingCheck>().Select(c => c.Column).Distinct(StringComparer.Ordinal).ToList();
        var distinct = spec.Columns.Where(c => c.MaxDistinct is not null).Select(c => c.Name).ToList();
        var kept = RowRules.Predicate(spec);
        var measures = new List<string> { "count(*)", $"count(*) FILTER (WHERE NOT ({kept}))" };
        foreach (var rule in rules)
        {
            measures.Add($"count(*) FILTER (WHERE {rule.Broken})");
            measures.Add($"coalesce(min(file_row_number) FILTER (WHERE {rule.Broken}), -1)");
        }
        measures.AddRange(missing.Select(c => $"count(*) FILTER (WHERE {Sql.Name(c)} IS NULL)"));
        measures.AddRange(distinct.Select(c => $"count(DISTINCT {Sql.Name(c)}) FILTER (WHERE {kept})"));

        var row = connection.Rows($"SELECT {string.Join(", ", measures)} FROM {source}", cancellationToken)[0];
        var afterRules = 2 + (2 * rules.Count);
        return new DatasetScan
        {
            Rows = row.Long(0),
            Broken = row.Long(1),
            Rules = [.. rules.Select((rule, i) => (rule, row.Long(2 + (2 * i)), row.Long(3 + (2 * i))))],
            Missing = missing.Select((c, i) => (c, row.Long(afterRules + i))).ToDictionary(StringComparer.Ordinal),
            Distinct = distinct.Select((c, i) => (c, row.Long(afterRules + missing.Count + i))).ToDictionary(StringComparer.Ordinal),
        };
    }
}
