using FsCheck;
using FsCheck.Fluent;

namespace MlOps.Core.Tests.Evaluation;

/// <summary>Random rows for property tests; few distinct scores, so that ties are common.</summary>
internal sealed record BinarySample(float[] Probabilities, float[] Labels)
{
    public static Arbitrary<BinarySample> Arbitrary { get; } = (
        from n in Gen.Choose(1, 40)
        from scores in Gen.Choose(0, 12).ListOf(n)
        from labels in Gen.Choose(0, 1).ListOf(n)
        select new BinarySample([.. scores.Select(s => s / 12f)], [.. labels.Select(l => (float)l)])).ToArbitrary();

    public bool HasBothClasses => Labels.Contains(0) && Labels.Contains(1);
}

internal sealed record ClassSample(float[] Probabilities, float[] Labels, int Classes)
{
    public static Arbitrary<ClassSample> Arbitrary { get; } = (
        from k in Gen.Choose(2, 4)
        from n in Gen.Choose(1, 30)
        from scores in Gen.Choose(1, 9).ListOf(n * k)
        from labels in Gen.Choose(0, k - 1).ListOf(n)
        select new ClassSample(
            [.. scores.Chunk(k).SelectMany(row => row.Select(s => s / (float)row.Sum()))], [.. labels.Select(l => (float)l)], k)).ToArbitrary();
}

internal sealed record ValueSample(float[] Predictions, float[] Labels)
{
    public static Arbitrary<ValueSample> Arbitrary { get; } = (
        from n in Gen.Choose(1, 30)
        from predictions in Gen.Choose(-50, 50).ListOf(n)
        from labels in Gen.Choose(-50, 50).ListOf(n)
        select new ValueSample([.. predictions.Select(p => p / 4f)], [.. labels.Select(l => l / 4f)])).ToArbitrary();
}
