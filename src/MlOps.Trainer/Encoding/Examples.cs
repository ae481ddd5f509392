using MlOps.Core.Features;

namespace MlOps.Trainer.Encoding;

/// <summary>The training or validation part.</summary>
/// <param name="Features">
/// One column a feature, in the order of the specification. A category whose encoding was fitted out of fold comes as a
/// <see cref="NumberColumn"/> of encoded values.
/// </param>
/// <param name="Labels">Shape [rows], as in <c>TrialSpec.LabelColumn</c>.</param>
internal sealed record Examples(FeatureBatch Features, float[] Labels)
{
    public int Rows => Features.Rows;
}
