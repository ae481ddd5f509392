using MlOps.Core.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Judges the expressions of a transform again: a model may come from elsewhere.</summary>
internal static class TransformGuard
{
    /// <summary>Checks every input's expression.</summary>
    /// <returns>The expressions, in the order of the features.</returns>
    /// <exception cref="ExpressionException">One cannot be used.</exception>
    public static IReadOnlyList<ScalarExpression> Check(DuckDbConnection connection, FeatureTransform transform)
    {
        var parser = new ExpressionParser(connection);
        var columns = transform.Columns.Select(c => c.Name).ToList();
        return [.. transform.Features.Select(feature => parser.Parse($"features.inputs.{feature.Name}", feature.Sql, columns))];
    }
}
