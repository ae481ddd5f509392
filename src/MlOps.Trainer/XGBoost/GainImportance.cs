using MlOps.Trainer.Encoding;

namespace MlOps.Trainer.XGBoost;

/// <summary>How much of a tree model's gain each feature brought: XGBoost's <c>total_gain</c> as shares.</summary>
internal static class GainImportance
{
    /// <summary>Feature name to its share in [0, 1]; empty for a linear model and for trees without a split.</summary>
    public static IReadOnlyDictionary<string, double> Of(TrainedModel model, MatrixLayout layout)
    {
        var gains = new double[layout.Features.Count];
        if (model is TreeModel trees)
        {
            foreach (var node in trees.Trees.SelectMany(t => t.Nodes).Where(n => !n.IsLeaf)) gains[layout.FeatureOfColumn[node.Column]] += node.Gain;
        }
        var total = gains.Sum();
        var shares = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var f = 0; total > 0 && f < gains.Length; f++) shares[layout.Features[f].Name] = gains[f] / total;
        return shares;
    }
}
