using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Ingest;

/// <summary>How values of a column become values of its declared type: never by rounding, never by silently dropping.</summary>
/// <param name="Value">SQL of the converted value; NULL where it does not convert.</param>
/// <param name="Accepts">SQL that is true where the value converts (or is missing); <see langword="null"/>: it always does.</param>
internal sealed record ColumnCast(string Value, string? Accepts)
{
    /// <summary>DuckDB's type of a declared column.</summary>
    public static string SqlType(ColumnType type) => type switch
    {
        ColumnType.String => "VARCHAR",
        ColumnType.Int => "BIGINT",
        ColumnType.Double => "DOUBLE",
        ColumnType.Bool => "BOOLEAN",
        ColumnType.Timestamp => "TIMESTAMP",
        ColumnType.Date => "DATE",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, message: null),
    };

    /// <summary>The conversion, or <see langword="null"/> where there is none between the types.</summary>
    /// <param name="column">The column.</param>
    /// <param name="sourceType">DuckDB's type of the column in the file.</param>
    public static ColumnCast? From(ColumnSpec column, string sourceType)
    {
        var name = Sql.Name(column.Name);
        var kind = Classify(sourceType);
        return (column.Type, kind) switch
        {
            (ColumnType.String, SourceKind.Text) => new(name, null),
            (ColumnType.String, SourceKind.Binary) => null,
            (ColumnType.String, _) => new($"CAST({name} AS VARCHAR)", null),

            (ColumnType.Int, SourceKind.Integer) => new($"CAST({name} AS BIGINT)", null),
            (ColumnType.Int, SourceKind.Text or SourceKind.LargeInteger or SourceKind.Real or SourceKind.Decimal) => WholeNumber(name),

            (ColumnType.Double, SourceKind.Integer or SourceKind.LargeInteger or SourceKind.Decimal) => new($"CAST({name} AS DOUBLE)", null),
            (ColumnType.Double, SourceKind.Real or SourceKind.Text) => Real(name),

            (ColumnType.Bool, SourceKind.Boolean) => new(name, null),
            (ColumnType.Bool, SourceKind.Integer) => new($"CAST({name} AS BOOLEAN)", $"coalesce({name} IN (0, 1), true)"),
            (ColumnType.Bool, SourceKind.Text) => Try(name, "BOOLEAN"),

            (ColumnType.Timestamp, SourceKind.Timestamp or SourceKind.Date) => new($"TRY_CAST({name} AS TIMESTAMP)", InCalendar(name, $"TRY_CAST({name} AS TIMESTAMP)", "TIMESTAMP")),
            // TIMESTAMPTZ understands offsets, which TIMESTAMP would drop; the session's zone is UTC.
            (ColumnType.Timestamp, SourceKind.Text) =>
                new($"CAST(TRY_CAST({name} AS TIMESTAMPTZ) AS TIMESTAMP)", InCalendarAsText(name, $"TRY_CAST({name} AS TIMESTAMPTZ)", "TIMESTAMPTZ")),

            (ColumnType.Date, SourceKind.Date) => new(name, InCalendar(name, name, "DATE")),
            (ColumnType.Date, SourceKind.Timestamp) => DayOnly(name, InCalendar(name, $"TRY_CAST({name} AS DATE)", "DATE")),
            (ColumnType.Date, SourceKind.Text) => DayOnly(name, InCalendarAsText(name, $"TRY_CAST({name} AS DATE)", "DATE")),
            _ => null,
        };
    }

    /// <summary>What values of a type look like, for messages.</summary>
    public static string Expectation(ColumnType type) => type switch
    {
        ColumnType.Int => "a whole number",
        ColumnType.Double => "a finite number",
        ColumnType.Bool => "true or false",
        ColumnType.Timestamp => "a time stamp such as 2001-03-02T08:15:00Z",
        ColumnType.Date => "a date such as 2001-03-02",
        _ => "a text",
    };

    private static ColumnCast Try(string name, string type) =>
        new($"TRY_CAST({name} AS {type})", $"({name} IS NULL OR TRY_CAST({name} AS {type}) IS NOT NULL)");

    // The comparison catches what BIGINT would round: 1.5, '1.5', '15e-1'.
    private static ColumnCast WholeNumber(string name) =>
        new($"TRY_CAST({name} AS BIGINT)", $"({name} IS NULL OR coalesce(TRY_CAST({name} AS BIGINT) = TRY_CAST({name} AS DOUBLE), false))");

    // NaN means missing, as everywhere in numeric data; an infinity is an error upstream.
    private static ColumnCast Real(string name) =>
        new($"nullif(TRY_CAST({name} AS DOUBLE), 'NaN'::DOUBLE)",
            $"({name} IS NULL OR coalesce(NOT isinf(TRY_CAST({name} AS DOUBLE)), false))");

    private static ColumnCast DayOnly(string name, string inCalendar) => new(
        $"TRY_CAST({name} AS DATE)",
        $"({name} IS NULL OR (coalesce(TRY_CAST({name} AS TIMESTAMP) = TRY_CAST(TRY_CAST({name} AS DATE) AS TIMESTAMP), false) AND {inCalendar}))");

    // Years 1 to 9999: beyond, and for DuckDB's infinities, other programs have no dates.
    private static string InCalendar(string name, string value, string type) =>
        $"({name} IS NULL OR coalesce({value} BETWEEN {type} '0001-01-01' AND {LastOf(type)}, false))";

    // DuckDB would read the text once for each bound. What is before year 1 shows in the text itself.
    private static string InCalendarAsText(string name, string value, string type) =>
        $"({name} IS NULL OR (coalesce({value} <= {LastOf(type)}, false) AND NOT starts_with(ltrim({name}), '-') AND NOT contains({name}, 'BC')))";

    private static string LastOf(string type) => type is "DATE" ? "DATE '9999-12-31'" : $"{type} '9999-12-31 23:59:59.999999'";

    private static SourceKind Classify(string type) => type switch
    {
        "VARCHAR" or "JSON" => SourceKind.Text,
        "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" => SourceKind.Integer,
        "UBIGINT" or "HUGEINT" or "UHUGEINT" => SourceKind.LargeInteger,
        "FLOAT" or "DOUBLE" => SourceKind.Real,
        "BOOLEAN" => SourceKind.Boolean,
        "TIMESTAMP" or "TIMESTAMP_S" or "TIMESTAMP_MS" or "TIMESTAMP_NS" or "TIMESTAMP WITH TIME ZONE" => SourceKind.Timestamp,
        "DATE" => SourceKind.Date,
        "BLOB" => SourceKind.Binary,
        _ when type.StartsWith("DECIMAL", StringComparison.Ordinal) => SourceKind.Decimal,
        _ => SourceKind.Other,
    };

    private enum SourceKind
    {
        Text, Integer, LargeInteger, Real, Decimal, Boolean, Timestamp, Date, Binary, Other,
    }
}
