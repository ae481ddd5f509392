using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>The SQL that turns raw columns into what a model takes: the same text at training, evaluation and serving.</summary>
internal static class FeatureSql
{
    /// <summary>A feature's value: FLOAT with NULL for what is missing or not finite; or VARCHAR, empty for what is missing.</summary>
    public static string Value(FeatureDefinition feature) => feature.Kind switch
    {
        FeatureKind.Number => Finite($"TRY_CAST((\n{feature.Sql}\n) AS FLOAT)"),
        _ => $"coalesce(CAST((\n{feature.Sql}\n) AS VARCHAR), '')",
    };

    /// <summary>A label as FLOAT: the class's index, or the value; NULL where missing, not finite, or of an unknown class.</summary>
    public static string Value(LabelDefinition label) => label switch
    {
        { Task: LearningTask.Regression } => Finite($"TRY_CAST((\n{label.Sql}\n) AS FLOAT)"),
        { Classes: ["false", "true"] } => $"CAST(CAST((\n{label.Sql}\n) AS BOOLEAN) AS FLOAT)",
        _ => $"CAST(list_position({Sql.List(label.Classes)}, CAST((\n{label.Sql}\n) AS VARCHAR)) - 1 AS FLOAT)",
    };

    private static string Finite(string value) => $"CASE WHEN isfinite({value}) THEN {value} END";
}
