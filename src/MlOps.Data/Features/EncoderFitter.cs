using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Data.Features;

/// <summary>Fits the encoders that need no label.</summary>
internal static class EncoderFitter
{
    // Beyond this a one-hot input is wider than any useful model.
    private const int MaxOneHotCategories = 1000;

    /// <summary>One-hot or ordinal: the categories of the training part in ordinal text order.</summary>
    /// <exception cref="FeatureBuildException">Too many categories for one-hot.</exception>
    public static CategoryEncoder Fit(
        DuckDbConnection connection, FeatureDefinition feature, EncodingMethod method, string train, CancellationToken cancellationToken)
    {
        var categories = connection.Rows($"SELECT DISTINCT {FeatureSql.Value(feature)} FROM {train}", cancellationToken)
            .Select(r => r.Text(0)).Order(StringComparer.Ordinal).ToList();
        if (method is EncodingMethod.OneHot && categories.Count > MaxOneHotCategories)
        {
            throw new FeatureBuildException($"features.inputs.{feature.Name}",
                $"it has {categories.Count:N0} categories; one-hot takes at most {MaxOneHotCategories:N0}.", "Use encode: target, or group rare categories in the expression.");
        }
        return new CategoryEncoder
        {
            Feature = feature.Name,
            Method = method,
            Categories = categories,
            Values = method is EncodingMethod.Ordinal ? [.. Enumerable.Range(0, categories.Count).Select(i => (float)i)] : [],
            Default = method is EncodingMethod.Ordinal ? -1 : 0,
        };
    }
}
