using MlOps.Storage.Tables;

namespace MlOps.Storage.Azure.Tables;

/// <summary>Queries as the service's filter expressions. The service orders keys by their UTF-16 characters.</summary>
internal static class TableFilter
{
    /// <summary>The filter of a query; <see langword="null"/>: everything.</summary>
    public static string? Of(TableQuery query)
    {
        var conditions = new List<string>();
        if (query.Partition is { } partition) conditions.Add($"PartitionKey eq {Quote(partition)}");
        if (query.RowPrefix is { Length: > 0 } prefix)
        {
            conditions.Add($"RowKey ge {Quote(prefix)}");
            if (FirstBehind(prefix) is { } end) conditions.Add($"RowKey lt {Quote(end)}");
        }
        if (query.RowFrom is { } from) conditions.Add($"RowKey ge {Quote(from)}");
        if (query.ContinuationToken is { } token) conditions.AddRange(Beyond(query, TableContinuation.Read(token)));
        return conditions.Count is 0 ? null : string.Join(" and ", conditions);
    }

    private static IEnumerable<string> Beyond(TableQuery query, (string Partition, string Row) last)
    {
        var (beyond, from) = query.Descending ? ("lt", "le") : ("gt", "ge");
        var row = $"RowKey {beyond} {Quote(last.Row)}";
        if (query.Partition is not null)
        {
            yield return row;
            yield break;
        }
        // The first condition is what keeps the service from reading the partitions before.
        yield return $"PartitionKey {from} {Quote(last.Partition)}";
        yield return $"(PartitionKey {beyond} {Quote(last.Partition)} or {row})";
    }

    /// <summary>The first text in UTF-16 order behind all that begin with <paramref name="prefix"/>; null when there is none.</summary>
    internal static string? FirstBehind(string prefix)
    {
        var end = prefix.TrimEnd('\uFFFF');
        if (end.Length is 0) return null;
        if (!char.IsSurrogate(end[^1]))
        {
            // Surrogates come in pairs: behind U+D7FF the first is that of U+10000.
            return end[..^1] + (end[^1] is '\uD7FF' ? "\U00010000" : ((char)(end[^1] + 1)).ToString());
        }
        var last = char.ConvertToUtf32(end[^2], end[^1]);
        return end[..^2] + (last is 0x10FFFF ? "\uE000" : char.ConvertFromUtf32(last + 1));
    }

    private static string Quote(string key) => $"'{key.Replace("'", "''", StringComparison.Ordinal)}'";
}
