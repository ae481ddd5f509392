using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Endpoints;
using MlOps.Serving.Endpoints;

namespace MlOps.Serving.Tests.Endpoints;

public class TrafficSplitTests
{
    private const int Points = 1000;

    [Fact]
    public void Every_variant_gets_its_share_of_the_traffic()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, 100).ToArbitrary(), weight =>
        {
            var variants = Variants(weight, 100 - weight);
            var first = Enumerable.Range(0, Points).Count(p => TrafficSplit.At(variants, (p + 0.5) / Points) is 0);
            return first == weight * Points / 100;
        }));
    }

    [Fact]
    public void Who_is_at_the_challenger_stays_there_while_its_weight_grows() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            Gen.Choose(0, 100).Zip(Gen.Choose(0, 100)).Zip(Gen.Choose(0, Points - 1)).ToArbitrary(),
            drawn =>
            {
                var ((a, b), point) = drawn;
                var (before, after) = (Math.Min(a, b), Math.Max(a, b));
                var at = (point + 0.5) / Points;
                return TrafficSplit.At(Variants(100 - before, before), at) is not 1 || TrafficSplit.At(Variants(100 - after, after), at) is 1;
            }));

    [Fact]
    public void A_variant_without_weight_gets_nothing()
    {
        foreach (var point in new[] { 0, 0.5, 0.999999999 })
        {
            Assert.Equal(1, TrafficSplit.At(Variants(0, 100, 0), point));
            Assert.Equal(-1, TrafficSplit.At(Variants(0, 0), point));
        }
    }

    [Fact]
    public void Customers_are_spread_evenly_and_differently_in_each_endpoint()
    {
        var points = Enumerable.Range(0, 10_000).Select(i => TrafficSplit.PointOf("shop", $"c{i}")).ToList();
        // Ten tenths of 10,000: five standard deviations of a binomial are 150.
        for (var tenth = 0; tenth < 10; tenth++)
            Assert.InRange(points.Count(p => (int)(p * 10) == tenth), 850, 1150);
        Assert.NotEqual(TrafficSplit.PointOf("shop", "405"), TrafficSplit.PointOf("bank", "405"));
    }

    private static EndpointVariant[] Variants(params int[] weights) =>
        [.. weights.Select((weight, i) => new EndpointVariant($"v{i}", "m", i, "", weight))];
}
