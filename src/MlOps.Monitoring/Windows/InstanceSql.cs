using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Monitoring.Windows;

/// <summary>SQL that takes a column's value out of a raw row in JSON. Names are quoted as texts: whatever stands in one is no SQL.</summary>
internal static class InstanceSql
{
    /// <summary>The value as text; NULL where it is missing.</summary>
    public static string Text(string json, string column)
    {
        var path = "$.\"" + column.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        return $"json_extract_string({json}, {Sql.Text(path)})";
    }

    /// <summary>The value by its declared type; NULL where it is missing or of another type.</summary>
    public static string Typed(string json, ColumnSpec column) => column.Type switch
    {
        ColumnType.Timestamp => $"try_cast({Text(json, column.Name)} AS TIMESTAMP)",
        ColumnType.Date => $"try_cast({Text(json, column.Name)} AS DATE)",
        // 405.0 is a whole number too.
        ColumnType.Int => $"CAST(try_cast({Text(json, column.Name)} AS DOUBLE) AS BIGINT)",
        ColumnType.Double => $"try_cast({Text(json, column.Name)} AS DOUBLE)",
        ColumnType.Bool => $"try_cast({Text(json, column.Name)} AS BOOLEAN)",
        _ => Text(json, column.Name),
    };
}
