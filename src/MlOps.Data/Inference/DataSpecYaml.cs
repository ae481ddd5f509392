using System.Globalization;
using System.Text.Json;
using MlOps.Core.Specification;

namespace MlOps.Data.Inference;

/// <summary>Rules and checks the way people write them in <c>pipeline.yaml</c>.</summary>
public static class DataSpecYaml
{
    /// <summary>Adds to the text of a <c>pipeline.yaml</c> what a specification has beyond the one that was read from it.</summary>
    /// <param name="text">The file.</param>
    /// <param name="read">The section <c>data</c> as it was read from the file.</param>
    /// <param name="data">The same columns and checks, with more rules and further checks.</param>
    /// <returns>The text with the rules beside what they are about; nothing else in it has changed.</returns>
    public static string AddTo(string text, DataSpec read, DataSpec data)
    {
        var columns = new Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>>(StringComparer.Ordinal);
        foreach (var (before, after) in read.Columns.Zip(data.Columns))
        {
            var known = Fields(before).Where(f => f.Value is not null).Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
            var added = Fields(after).Where(f => f.Value is not null && !known.Contains(f.Key)).Select(f => KeyValuePair.Create(f.Key, f.Value!)).ToList();
            if (added.Count > 0) columns.Add(before.Name, added);
        }
        return DataSectionEditor.Add(text, columns, [.. data.Checks.Skip(read.Checks.Count).Select(c => Map(Fields(c)))]);
    }

    private static IEnumerable<(string Key, string? Value)> Fields(ColumnSpec column) =>
    [
        ("type", Word(column.Type)), ("required", column.Required ? "true" : null), ("min", Number(column.Min)), ("max", Number(column.Max)),
        ("values", column.Values is { } values ? List(values) : null), ("pattern", column.Pattern is { } pattern ? Text(pattern) : null),
        ("maxDistinct", column.MaxDistinct?.ToString(CultureInfo.InvariantCulture)),
    ];

    private static IEnumerable<(string Key, string? Value)> Fields(CheckSpec check)
    {
        IEnumerable<(string Key, string? Value)> own = check switch
        {
            RowsCheck c => [("check", "rows"), ("min", c.Min?.ToString(CultureInfo.InvariantCulture)), ("max", c.Max?.ToString(CultureInfo.InvariantCulture))],
            MissingCheck c => [("check", "missing"), ("column", Text(c.Column)), ("max", Number(c.Max))],
            QuarantinedCheck c => [("check", "quarantined"), ("max", Number(c.Max))],
            UniqueCheck c => [("check", "unique"), ("columns", List(c.Columns))],
            FreshnessCheck c => [("check", "freshness"), ("column", Text(c.Column)), ("maxAge", Duration(c.MaxAge))],
            BalanceCheck c => [("check", "balance"), ("column", Text(c.Column)), ("min", Number(c.Min))],
            QuantileCheck c => [("check", "quantile"), ("column", Text(c.Column)), ("at", Number(c.At)), ("min", Number(c.Min)), ("max", Number(c.Max))],
            MonotonicCheck c => [("check", "monotonic"), ("column", Text(c.Column))],
            OutliersCheck c => [("check", "outliers"), ColumnsOf(c), ("method", Word(c.Method)), ("max", Number(c.Max))],
            SqlCheck c => [("check", "sql"), ("sql", Text(c.Sql))],
            DriftCheck c => [("check", "drift"), ("against", Word(c.Against)), ("max", Number(c.Max))],
            CorrelationCheck c => [("check", "correlation"), ("against", Word(c.Against)), ("max", Number(c.Max))],
            LeakageCheck c => [("check", "leakage"), ("max", Number(c.Max)), ("maxShared", Number(c.MaxShared)), ("key", c.Key.Count > 0 ? List(c.Key) : null)],
            _ => throw new NotSupportedException($"Check {check.GetType().Name} is not known here."),
        };
        return own.Append(("severity", check.Severity is CheckSeverity.Warn ? "warn" : null));
    }

    private static (string Key, string? Value) ColumnsOf(OutliersCheck check) =>
        check.Method is OutlierMethod.Isolation ? ("columns", List(check.Columns)) : ("column", Text(check.Columns[0]));

    private static string Map(IEnumerable<(string Key, string? Value)> fields) =>
        $"{{ {string.Join(", ", fields.Where(f => f.Value is not null).Select(f => $"{f.Key}: {f.Value}"))} }}";

    private static string List(IEnumerable<string> texts) => $"[{string.Join(", ", texts.Select(Text))}]";

    // A JSON string is a YAML string, whatever is in it.
    private static string Text(string text) => JsonSerializer.Serialize(text);

    private static string? Number(double? value) => value?.ToString("0.###############", CultureInfo.InvariantCulture);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Duration(TimeSpan time) => time.Ticks % TimeSpan.TicksPerDay == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{time.Ticks / TimeSpan.TicksPerDay}d")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalSeconds}s");
}
