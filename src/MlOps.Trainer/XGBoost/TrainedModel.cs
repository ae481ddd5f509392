namespace MlOps.Trainer.XGBoost;

/// <summary>A trained model in terms of the encoded matrix's columns. A closed set: <see cref="TreeModel"/>, <see cref="LinearModel"/>.</summary>
/// <param name="BaseMargins">Where each output's margin starts, shape [outputs].</param>
/// <param name="Link">From margin to answer.</param>
internal abstract record TrainedModel(float[] BaseMargins, Link Link)
{
    /// <summary>Number of outputs.</summary>
    public int Outputs => BaseMargins.Length;
}

/// <summary>A sum of trees.</summary>
/// <param name="Trees">In training order.</param>
/// <param name="BaseMargins">Where each output's margin starts.</param>
/// <param name="Link">From margin to answer.</param>
internal sealed record TreeModel(IReadOnlyList<DecisionTree> Trees, float[] BaseMargins, Link Link) : TrainedModel(BaseMargins, Link);

/// <summary>A sum of weighted columns.</summary>
/// <param name="Weights">Shape [columns, outputs] row by row.</param>
/// <param name="BaseMargins">Where each output's margin starts; the bias is in it.</param>
/// <param name="Link">From margin to answer.</param>
internal sealed record LinearModel(float[] Weights, float[] BaseMargins, Link Link) : TrainedModel(BaseMargins, Link);

/// <summary>One tree; node 0 is its root.</summary>
/// <param name="Output">The output to which its leaves add.</param>
/// <param name="Nodes">The nodes that can be reached.</param>
internal sealed record DecisionTree(int Output, IReadOnlyList<TreeNode> Nodes);

/// <summary>A node: an inner one sends values below <paramref name="Value"/> left, a leaf adds it.</summary>
/// <param name="Column">Column that is compared; -1 for a leaf.</param>
/// <param name="Value">Threshold, or the leaf's value.</param>
/// <param name="Left">Index of the left child.</param>
/// <param name="Right">Index of the right child.</param>
/// <param name="MissingGoesLeft">Where NaN goes.</param>
/// <param name="Gain">What the split gained in training; 0 for a leaf.</param>
internal readonly record struct TreeNode(int Column, float Value, int Left, int Right, bool MissingGoesLeft, double Gain)
{
    public bool IsLeaf => Column < 0;
}
