namespace MlOps.Inference.Tests;

public sealed class GoldenCheckTests
{
    [Fact]
    public void Answers_within_the_tolerance_pass()
    {
        using var model = SmallModel.Load();
        var result = GoldenCheck.Compare(model, SmallModel.Batch([0.1f, 0.2f], ["A", "B"]), [0.350005f, 0.7f]);
        Assert.True(result.Passed, result.Detail);
        Assert.Equal(5e-6, result.MaxDifference, 7);
    }

    [Fact]
    public void The_row_that_differs_most_is_named()
    {
        using var model = SmallModel.Load();
        var result = GoldenCheck.Compare(model, SmallModel.Batch([0.5f, 0.25f], ["", "A"]), [0.5f, 0.75f]);
        Assert.False(result.Passed);
        Assert.Equal("Largest difference over 2 golden rows: 0.25 (allowed 1E-05), row 2: 0.5 instead of 0.75.", result.Detail);
    }

    [Fact]
    public void Large_answers_are_compared_by_share()
    {
        using var model = SmallModel.Load();
        Assert.True(GoldenCheck.Compare(model, SmallModel.Batch([100_000], [""]), [100_000.5f]).Passed);
        Assert.False(GoldenCheck.Compare(model, SmallModel.Batch([100_000], [""]), [100_002f]).Passed);
    }

    [Fact]
    public void NaN_agrees_with_NaN_alone()
    {
        using var model = SmallModel.Load();
        Assert.True(GoldenCheck.Compare(model, SmallModel.Batch([float.NaN], [""]), [float.NaN]).Passed);
        Assert.False(GoldenCheck.Compare(model, SmallModel.Batch([1], [""]), [float.NaN]).Passed);
    }
}
