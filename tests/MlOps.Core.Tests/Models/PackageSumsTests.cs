using MlOps.Core.Models;

namespace MlOps.Core.Tests.Models;

public sealed class PackageSumsTests
{
    // printf hello | sha256sum; printf world | sha256sum
    private const string Hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private const string World = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";

    [Fact]
    public void The_list_is_what_sha256sum_prints_and_its_own_hash_does_not_depend_on_the_order()
    {
        var sums = new PackageSums([new("model.onnx", World), new("features.json", Hello)]);
        Assert.Equal($"{Hello}  features.json\n{World}  model.onnx\n", sums.ToString());
        Assert.Equal(sums.Sha256, new PackageSums([new("features.json", Hello), new("model.onnx", World)]).Sha256);
        var read = PackageSums.Parse(sums.ToString());
        Assert.Equal((World, null, sums.Sha256), (read.Of("model.onnx"), read.Of("golden.json"), read.Sha256));
    }

    [Theory]
    [InlineData("2cf2  model.onnx")]
    [InlineData(Hello + " model.onnx")]
    [InlineData(Hello + "  ../model.onnx")]
    [InlineData(Hello + "  .hidden")]
    [InlineData(Hello + "  a/b")]
    [InlineData(Hello + "  twice\n" + World + "  twice")]
    public void A_line_that_is_none_or_leads_elsewhere_is_refused(string text) =>
        Assert.Throws<FormatException>(() => PackageSums.Parse(text));
}
