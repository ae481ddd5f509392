using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Data.Drift;

namespace MlOps.Data.Tests.Drift;

/// <summary>Against scipy's values, which make_references.py wrote to references.json.</summary>
public sealed class DriftStatisticsTests
{
    private static readonly JsonElement s_references = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Drift", "references.json"))).RootElement;

    public static TheoryData<string> NumberCases => [.. s_references.GetProperty("numbers").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    public static TheoryData<string> CategoryCases => [.. s_references.GetProperty("categories").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    private static JsonElement Case(string kind, string name) => s_references.GetProperty(kind).EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);

    private static double[] Doubles(JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetDouble())];

    private static long[] Longs(JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt64())];

    [Theory]
    [MemberData(nameof(NumberCases))]
    public void Numbers_are_measured_as_scipy_does(string name)
    {
        var expected = Case("numbers", name);
        var samples = NumberSamples.Of(Doubles(expected.GetProperty("reference")), Doubles(expected.GetProperty("current")));
        var (statistic, p) = KolmogorovSmirnov.Test(samples);
        Assert.Equal(expected.GetProperty("ks").GetDouble(), statistic, 1e-12);
        Assert.Equal(expected.GetProperty("ksP").GetDouble(), p, 1e-9);
        Assert.Equal(expected.GetProperty("wasserstein").GetDouble(), Wasserstein.Distance(samples), 1e-9);
        Assert.Equal(expected.GetProperty("deviation").GetDouble(), samples.ReferenceDeviation(), 1e-9);
        Assert.Equal(expected.GetProperty("wasserstein").GetDouble() / expected.GetProperty("deviation").GetDouble(), Wasserstein.Normed(samples), 1e-9);
    }

    [Theory]
    [MemberData(nameof(CategoryCases))]
    public void Categories_are_measured_as_scipy_does(string name)
    {
        var expected = Case("categories", name);
        var counts = new CategoryCounts(Longs(expected.GetProperty("reference")), Longs(expected.GetProperty("current")));
        var (statistic, p, v) = CategoryTests.ChiSquare(counts);
        Assert.Equal(expected.GetProperty("chi2").GetDouble(), statistic, 1e-9);
        Assert.Equal(expected.GetProperty("chi2P").GetDouble(), p, 1e-9);
        Assert.Equal(expected.GetProperty("cramersV").GetDouble(), v, 1e-9);
        Assert.Equal(expected.GetProperty("jensenShannon").GetDouble(), CategoryDistances.JensenShannon(counts), 1e-9);
        if (!expected.TryGetProperty("z", out var z)) return;
        var shares = CategoryTests.TwoShares(counts);
        Assert.Equal(z.GetDouble(), shares.Z, 1e-9);
        Assert.Equal(expected.GetProperty("zP").GetDouble(), shares.PValue, 1e-9);
    }

    [Fact]
    public void Kolmogorovs_limit_distribution_is_scipys() => Assert.All(s_references.GetProperty("kolmogorov").EnumerateArray(), point =>
        Assert.Equal(point.GetProperty("p").GetDouble(), KolmogorovSmirnov.LimitTail(point.GetProperty("x").GetDouble()), 1e-12));

    [Fact]
    public void Population_stability_by_hand()
    {
        // 50 50 against 80 20: 0.3 ln 1.6 - 0.3 ln 0.4.
        Assert.Equal((0.3 * Math.Log(1.6)) - (0.3 * Math.Log(0.4)), CategoryDistances.PopulationStability(new([50, 50], [80, 20])), 1e-12);
        // An empty share stands as 0.0001.
        Assert.Equal((0.5 * Math.Log(2)) + ((0.0001 - 0.5) * Math.Log(0.0001 / 0.5)), CategoryDistances.PopulationStability(new([50, 50], [100, 0])), 1e-12);
    }

    [Fact]
    public void Total_variation_by_hand() => Assert.Equal(0.3, CategoryDistances.TotalVariation(new([50, 50], [80, 20])), 1e-12);

    [Fact]
    public void Deciles_hold_a_tenth_of_the_reference_each_and_ties_stay_together()
    {
        var even = NumberSamples.Of([.. Enumerable.Range(0, 100).Select(i => (double)i)], [5, 95, 96, 1000]).ToDeciles();
        Assert.Equal(Enumerable.Repeat(10L, 10), even.Reference);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0, 3], even.Current);
        var tied = NumberSamples.Of([.. Enumerable.Repeat(0.0, 95), 1, 2, 3, 4, 5], [0.0]).ToDeciles();
        Assert.Equal(100, tied.ReferenceCount);
        Assert.Equal(95, tied.Reference[0]);
    }

    [Fact]
    public void Adjusted_p_values_are_those_of_the_paper_s_procedure() =>
        // By hand, n = 4: 0.01·4/1, 0.02·4/2, 0.03·4/3 → all 0.04 by the running minimum; 0.5·4/4.
        Assert.Equal([0.04, 0.5, 0.04, 0.04], BenjaminiHochberg.Adjust([0.03, 0.5, 0.01, 0.02]).Select(p => Math.Round(p, 12)));

    [Fact]
    public void Every_measure_of_a_sample_against_itself_is_nothing_and_symmetric_ones_are_symmetric() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<short>>(), ArbMap.Default.ArbFor<NonEmptyArray<short>>(), (left, right) =>
        {
            double[] a = [.. left.Get.Select(v => (double)v)], b = [.. right.Get.Select(v => (double)v)];
            var same = NumberSamples.Of(a, a);
            Assert.Equal((0, 1), KolmogorovSmirnov.Test(same));
            Assert.Equal(0, Wasserstein.Distance(same));
            Assert.Equal(0, CategoryDistances.JensenShannon(same.ToCategories()));
            var (there, back) = (NumberSamples.Of(a, b), NumberSamples.Of(b, a));
            Assert.Equal(KolmogorovSmirnov.Test(there).Statistic, KolmogorovSmirnov.Test(back).Statistic, 1e-12);
            Assert.Equal(KolmogorovSmirnov.Test(there).PValue, KolmogorovSmirnov.Test(back).PValue, 1e-9);
            Assert.Equal(Wasserstein.Distance(there), Wasserstein.Distance(back), 1e-9);
            Assert.Equal(CategoryDistances.JensenShannon(there.ToCategories()), CategoryDistances.JensenShannon(back.ToCategories()), 1e-9);
            Assert.InRange(CategoryDistances.JensenShannon(there.ToCategories()), 0, 1 + 1e-12);
        }).QuickCheckThrowOnFailure();
}
