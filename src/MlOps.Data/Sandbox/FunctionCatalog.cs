using System.Collections.Frozen;
using MlOps.Data.Native;

namespace MlOps.Data.Sandbox;

/// <summary>What may be called: DuckDB's scalar functions whose value depends on their arguments alone.</summary>
internal sealed class FunctionCatalog
{
    // DuckDB declares these constant within a query or at all times, but they tell of the session, the machine or the library's version.
    private static readonly FrozenSet<string> s_environment = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "current_setting", "getvariable", "version", "current_localtime", "current_localtimestamp", "parse_duckdb_log_message");

    // A few characters of these make gigabytes, which DuckDB allocates outside its memory limit.
    private static readonly FrozenSet<string> s_growing = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "repeat", "lpad", "rpad", "range", "generate_series", "list_resize", "array_resize", "printf", "format", "bar", "reduce", "list_reduce", "array_reduce");

    // Scalar macros of the standard catalog that are plain arithmetic or text; the others tell of users, servers and catalogs.
    private static readonly FrozenSet<string> s_macros = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "nullif", "fmod", "fdiv", "round_even", "roundbankers", "split_part", "date_add", "days_in_month", "md5_number_lower",
        "md5_number_upper", "list_avg", "list_sum", "list_min", "list_max", "list_count", "list_first", "list_last", "list_median",
        "list_mode", "list_reverse", "array_reverse", "array_to_string", "map_contains_entry", "map_contains_value");

    private readonly FrozenDictionary<string, FunctionVerdict> _verdicts;

    private FunctionCatalog(IEnumerable<KeyValuePair<string, FunctionVerdict>> verdicts)
    {
        _verdicts = verdicts.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Allowed = [.. _verdicts.Where(v => v.Value is FunctionVerdict.Allowed && char.IsAsciiLetter(v.Key[0])).Select(v => v.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>The names that may be called, operators left out.</summary>
    public IReadOnlyList<string> Allowed { get; }

    /// <summary>Asks DuckDB for its functions.</summary>
    public static FunctionCatalog Load(DuckDbConnection connection)
    {
        // One name can have overloads of several kinds (a list's sum, say): the strictest one counts.
        var rows = connection.Rows(
            """
            SELECT lower(function_name), bool_or(function_type = 'aggregate'), bool_and(function_type = 'scalar' AND stability = 'CONSISTENT')
            FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') GROUP BY 1
            """,
            CancellationToken.None);
        return new FunctionCatalog(rows.Select(row => KeyValuePair.Create(row.Text(0), Classify(row.Text(0), row[1] is true, row[2] is true))));
    }

    /// <summary>Whether a function may be called.</summary>
    public FunctionVerdict Judge(string name) => _verdicts.GetValueOrDefault(name, FunctionVerdict.Unknown);

    private static FunctionVerdict Classify(string name, bool aggregate, bool consistentScalar) => name switch
    {
        _ when s_growing.Contains(name) => FunctionVerdict.Growing,
        _ when s_environment.Contains(name) => FunctionVerdict.Volatile,
        _ when s_macros.Contains(name) => FunctionVerdict.Allowed,
        _ when aggregate => FunctionVerdict.Aggregate,
        _ when consistentScalar => FunctionVerdict.Allowed,
        _ => FunctionVerdict.Volatile,
    };
}

/// <summary>Whether a function may be called.</summary>
internal enum FunctionVerdict
{
    /// <summary>DuckDB has no such function.</summary>
    Unknown,

    /// <summary>A function of its arguments.</summary>
    Allowed,

    /// <summary>A function over many rows.</summary>
    Aggregate,

    /// <summary>Its value depends on more than its arguments.</summary>
    Volatile,

    /// <summary>Makes values of any size out of nothing.</summary>
    Growing,
}
