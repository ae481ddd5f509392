using MlOps.Core.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Judges the expressions of a transform again: a model may come from elsewhere.</summary>
internal static class TransformGuard
{
    /// <summary>Checks every input's expression.</summary>
    /// <exception cref="ExpressionException">One cannot be used.</exception>
    public static void Check(DuckDbConnection connection, FeatureTransform transform)
    {
        var parser = new ExpressionParser(connection);
        var columns = transform.Columns.Select(c => c.Name).ToList();
        foreach (var feature in transform.Features) parser.Parse($"features.inputs.{feature.Name}", feature.Sql, columns);
    }
}
