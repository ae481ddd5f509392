using MlOps.Core.Features;
using MlOps.Core.Specification;

namespace MlOps.Data.Features;

/// <summary>Which kind of input an expression makes.</summary>
internal static class FeatureKinds
{
    /// <summary>Whether values of a DuckDB type convert to FLOAT with their meaning kept.</summary>
    public static bool IsNumber(string type) => type is "BOOLEAN" or "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT"
        or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" or "FLOAT" or "DOUBLE"
        || type.StartsWith("DECIMAL", StringComparison.Ordinal);

    /// <summary>The definition of an input. A number with an encoding is a category: its text is encoded.</summary>
    /// <exception cref="FeatureBuildException">The type is neither number nor text.</exception>
    public static FeatureDefinition Define(FeatureSpec spec, string type) => (IsNumber(type), type) switch
    {
        (true, _) when spec.Encode is null => new(spec.Name, spec.Sql, FeatureKind.Number),
        (true, _) or (_, "VARCHAR") => new(spec.Name, spec.Sql, FeatureKind.Category),
        _ => throw new FeatureBuildException($"features.inputs.{spec.Name}", $"its values are of type {type}.",
            type is "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal)
                ? "Make a number of it, such as hour(…), dayofweek(…) or epoch(…)."
                : "Make a number or a text of it."),
    };
}
