using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Sampling;
using MlOps.Data.Outliers;

namespace MlOps.Data.Tests.Outliers;

public sealed class IsolationForestTests
{
    /// <summary>2 (ln 255 + γ) − 2 · 255 / 256 = 12.236958 − 1.992188; and 2 (ln 2 + γ) − 4 / 3 = 2.540726 − 1.333333.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1.207392)]
    [InlineData(256, 10.244771)]
    public void The_average_path_is_that_of_the_paper(int rows, double expected) =>
        Assert.Equal(expected, IsolationForest.AveragePath(rows), 1e-5);

    [Fact]
    public void Scores_are_those_of_scikit_learn_up_to_the_randomness_of_a_hundred_trees()
    {
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Outliers", "reference.json")));
        var rows = reference.RootElement.GetProperty("rows").Deserialize<double[][]>()!;
        var expected = reference.RootElement.GetProperty("scores").Deserialize<double[]>()!;
        var forest = IsolationForest.Grow([[.. rows.Select(r => r[0])], [.. rows.Select(r => r[1])]], seed: 1);
        var errors = rows.Select((r, i) => forest.Score(r) - expected[i]).ToList();
        Assert.InRange(errors.Average(), -0.01, 0.01);
        Assert.InRange(errors.Max(Math.Abs), 0, 0.06);
        Assert.InRange(Math.Sqrt(errors.Average(e => e * e)), 0, 0.015);
    }

    [Fact]
    public void The_same_seed_gives_the_same_scores_and_every_score_is_a_share() => Check.QuickThrowOnFailure(Prop.ForAll<int, byte>((seed, extra) =>
    {
        var random = new SplitMix64((ulong)seed);
        var values = Enumerable.Range(0, 2 + extra).Select(_ => Math.Round(random.NextUnit() * 20)).ToArray();
        var (one, other) = (IsolationForest.Grow([values], 7), IsolationForest.Grow([values], 7));
        return values.All(v => one.Score([v]) is > 0 and < 1 && one.Score([v]).Equals(other.Score([v])));
    }));

    [Fact]
    public void Rows_that_are_all_alike_are_as_normal_as_can_be() =>
        Assert.Equal(0.5, IsolationForest.Grow([Enumerable.Repeat(3.0, 400).ToArray()], 1).Score([3.0]), 1e-12);

    [Fact]
    public void Neighbouring_doubles_are_cut_apart()
    {
        var values = new[] { 1.0, Math.BitIncrement(1.0) };
        Assert.Equal(0.5, IsolationForest.Grow([values], 1).Score([1.0]), 1e-12);
    }
}
