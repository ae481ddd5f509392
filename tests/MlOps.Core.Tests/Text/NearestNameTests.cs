using MlOps.Core.Text;

namespace MlOps.Core.Tests.Text;

public sealed class NearestNameTests
{
    private static readonly string[] s_names = ["max_depth", "max_bin", "eta", "subsample"];

    [Theory]
    [InlineData("max_dept", "max_depth")]
    [InlineData("maxdepth", "max_depth")]
    [InlineData("Max_Bin", "max_bin")]
    [InlineData("tea", "eta")]
    [InlineData("sub_sample", "subsample")]
    public void A_misspelt_name_finds_what_was_meant(string typed, string meant) => Assert.Equal(meant, NearestName.Find(typed, s_names));

    [Theory]
    [InlineData("")]
    [InlineData("colour")]
    public void A_name_far_from_all_finds_nothing(string typed) => Assert.Null(NearestName.Find(typed, s_names));
}
