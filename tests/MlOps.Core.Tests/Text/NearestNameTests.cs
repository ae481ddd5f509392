using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Text;

namespace MlOps.Core.Tests.Text;

public class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("max_dept", "max_depth", 1)]
    [InlineData("max_detph", "max_depth", 1)]
    // The restricted distance: the unrestricted one would be 2.
    [InlineData("ca", "abc", 3)]
    public void The_distance_counts_edits_and_swaps(string a, string b, int expected) => Assert.Equal(expected, NearestName.Distance(a, b));

    [Theory]
    [InlineData("max_dept", "max_depth")]
    [InlineData("MaxDepth", "max_depth")]
    [InlineData("ROUNDS", "rounds")]
    [InlineData("eat", "eta")]
    [InlineData("learning_rate", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void A_misspelt_name_finds_the_one_that_was_meant(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, ["max_depth", "eta", "rounds"]));

    [Fact]
    public void Advice_names_the_nearest_or_else_all()
    {
        Assert.Equal("Did you mean 'eta'?", NearestName.Advice("etta", ["eta", "rounds"]));
        Assert.Equal("Use one of eta, rounds.", NearestName.Advice("quite else", ["eta", "rounds"]));
    }

    [Fact]
    public void The_distance_is_symmetric_bounded_and_zero_for_equals_only() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Words(), Words(), (a, b) =>
        {
            var distance = NearestName.Distance(a, b);
            return distance == NearestName.Distance(b, a) && (distance is 0) == (a == b)
                && distance >= Math.Abs(a.Length - b.Length) && distance <= Math.Max(a.Length, b.Length);
        }));

    private static Arbitrary<string> Words() => Gen.Elements('a', 'b', 'c').ArrayOf().Select(c => new string(c)).ToArbitrary();
}
