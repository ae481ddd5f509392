using System.Globalization;
using System.Text;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Reads the instances that a query finds, in order of their keys, which is the order of their creation.</summary>
internal static class InstanceQuery
{
    private const int MaxPageSize = 1000;

    public static OrchestrationPage ReadPage(StoreReader reader, OrchestrationQuery query, PayloadSerializer serializer)
    {
        var (rows, continuation) = ReadRows(reader, query);
        return new OrchestrationPage(
            [.. rows.Select(row => row.ToMetadata(serializer, query.FetchInputsAndOutputs ? reader.ReadInput(row.Key) : null))], continuation);
    }

    public static (List<InstanceRow> Rows, string? ContinuationToken) ReadRows(StoreReader reader, OrchestrationQuery query)
    {
        if (query.PageSize is < 1 or > MaxPageSize)
            throw new ArgumentOutOfRangeException(nameof(query), query.PageSize, $"PageSize must be from 1 to {MaxPageSize}.");
        var (sql, values) = Translate(query);
        using var statement = reader.Database.Prepare(sql);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is string text)
                statement.Bind(i + 1, text);
            else
                statement.Bind(i + 1, (long)values[i]);
        }
        var rows = new List<InstanceRow>();
        while (statement.Step())
        {
            // One more than the page shows that there is a next page.
            if (rows.Count == query.PageSize)
                return (rows, rows[^1].Key.ToString(CultureInfo.InvariantCulture));
            rows.Add(StoreReader.ReadRow(statement, query.FetchInputsAndOutputs));
        }
        return (rows, null);
    }

    private static (string Sql, List<object> Values) Translate(OrchestrationQuery query)
    {
        var values = new List<object>();
        var where = new StringBuilder("WHERE 1");
        string Value(object value)
        {
            values.Add(value);
            return string.Create(CultureInfo.InvariantCulture, $"?{values.Count}");
        }

        if (query.ContinuationToken is { } token)
        {
            if (!long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
                throw new FormatException($"'{token}' is no continuation token: pass what the previous page gave.");
            where.Append(CultureInfo.InvariantCulture, $" AND key {(query.NewestFirst ? "<" : ">")} {Value(key)}");
        }
        if (query.Statuses is { } statuses)
        {
            where.Append(CultureInfo.InvariantCulture, $" AND status IN ({string.Join(", ", statuses.Select(s => Value((long)s)))})");
            // Said aloud, so that SQLite sees that the partial index holds all of them.
            if (!statuses.Contains(OrchestrationRuntimeStatus.Completed))
                where.Append(" AND status <> 1");
        }
        if (query.Names is { } names)
            where.Append(CultureInfo.InvariantCulture, $" AND name IN ({string.Join(", ", names.Select(Value))})");
        if (query.CreatedFrom is { } from)
            where.Append(CultureInfo.InvariantCulture, $" AND created >= {Value(from.UtcTicks)}");
        if (query.CreatedTo is { } to)
            where.Append(CultureInfo.InvariantCulture, $" AND created < {Value(to.UtcTicks)}");
        // A finished instance does not change any more: its last change is its end.
        if (query.CompletedFrom is not null || query.CompletedTo is not null)
            where.Append(" AND status IN (1, 3, 4, 5)");
        if (query.CompletedFrom is { } completedFrom)
            where.Append(CultureInfo.InvariantCulture, $" AND updated >= {Value(completedFrom.UtcTicks)}");
        if (query.CompletedTo is { } completedTo)
            where.Append(CultureInfo.InvariantCulture, $" AND updated < {Value(completedTo.UtcTicks)}");
        if (query.InstanceIdPrefix is { Length: > 0 } prefix)
            where.Append(CultureInfo.InvariantCulture, $" AND substr(id, 1, {Value((long)prefix.EnumerateRunes().Count())}) = {Value(prefix)} AND id >= {Value(prefix)}");
        foreach (var (name, value) in query.Tags ?? new Dictionary<string, string>())
            where.Append(CultureInfo.InvariantCulture, $" AND EXISTS (SELECT 1 FROM json_each(tags) t WHERE t.key = {Value(name)} AND t.value = {Value(value)})");
        where.Append(CultureInfo.InvariantCulture, $" ORDER BY key {(query.NewestFirst ? "DESC" : "ASC")} LIMIT {query.PageSize + 1}");
        return (StoreReader.SelectRows(where.ToString()), values);
    }
}
