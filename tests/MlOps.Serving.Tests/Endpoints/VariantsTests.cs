using System.Net;
using MlOps.Core.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Endpoints;

public sealed class VariantsTests
{
    [Fact]
    public async Task A_customer_keeps_one_version_and_moves_only_to_the_one_whose_share_grows()
    {
        await using var host = await ServingHost.StartAsync();
        var (one, two) = (await host.AddModelAsync(1), await host.AddModelAsync(2, "challenger"));
        var customers = Enumerable.Range(0, 60).ToList();
        var atChallenger = new HashSet<int>();
        foreach (var (weight, revision) in new[] { (10, 1), (50, 2), (90, 3) })
        {
            await host.WriteManifestAsync(
                ServingHost.Manifest("sizes", revision, one with { Weight = 100 - weight }, two with { Weight = weight }) with { StickyBy = "size" });
            await host.FollowsAsync("sizes", revision);
            var now = new HashSet<int>();
            foreach (var customer in customers)
            {
                var first = await host.AskAsync("sizes", customer);
                Assert.Equal(first, await host.AskAsync("sizes", customer));
                if (first.Version is 2) now.Add(customer);
            }

            Assert.ProperSuperset(atChallenger, now);
            atChallenger = now;
        }

        Assert.True(atChallenger.Count < customers.Count);
    }

    [Fact]
    public async Task Without_customers_requests_are_split_by_chance()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1, weight: 50), await host.AddModelAsync(2, "challenger", 50));
        await host.FollowsAsync("sizes", 1);
        var versions = new HashSet<int>();
        // That one side is missed 200 times has a chance of 2^-199.
        for (var i = 0; i < 200 && versions.Count < 2; i++) versions.Add((await host.AskAsync("sizes", 1)).Version);
        Assert.Equal([1, 2], versions.Order());
    }

    [Fact]
    public async Task A_staged_variant_answers_by_its_name_alone()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1), await host.AddModelAsync(2, "staging", 0));
        await host.FollowsAsync("sizes", 1);

        var (response, staged) = await host.PostAsync("api/endpoints/sizes/variants/staging/predict", new { instances = new[] { new { size = 5 } } });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("staging", 2, 7.0), (staged.GetProperty("variant").GetString(), staged.GetProperty("version").GetInt32(),
            staged.GetProperty("predictions")[0].GetProperty("value").GetDouble()));
        for (var i = 0; i < 20; i++) Assert.Equal((200, 1, 6), await host.AskAsync("sizes", 5));

        var (unknown, problem) = await host.PostAsync("api/endpoints/sizes/variants/stagin/predict", new { instances = new[] { new { size = 5 } } });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("urn:mlops:unknown-variant", problem.GetProperty("type").GetString());
        Assert.Contains("champion, staging", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staged_variants_alone_say_how_they_are_reached()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1, "staging", 0));
        await host.FollowsAsync("sizes", 1);
        var (response, problem) = await host.PostAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size = 5 } } });
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("variants/staging/predict", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_weights_loads_nothing_again()
    {
        await using var host = await ServingHost.StartAsync();
        var (one, two) = (await host.AddModelAsync(1), await host.AddModelAsync(2, "challenger", 0));
        await host.SwitchAsync("sizes", one, two);
        await host.FollowsAsync("sizes", 1);
        foreach (var version in (int[])[1, 2]) File.Delete(host.PathOf(ModelPackage.PathOf("adding", version) + ModelPackage.Model));
        await host.SwitchAsync("sizes", one with { Weight = 0 }, two with { Weight = 100 });
        await host.AnswersAsync("sizes", 200, 2);
    }

    [Fact]
    public async Task A_shadow_computes_every_request_and_answers_none()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1), await host.AddModelAsync(3, "shadow", 0) with { Mirror = 100 });
        await host.FollowsAsync("sizes", 1);
        for (var i = 0; i < 50; i++) Assert.Equal((200, 1, 101), await host.AskAsync("sizes", 100));
        await host.AskAsync("sizes", 0);

        var metrics = await host.MetricsAsync("sizes", m => m.Of("shadow")!.Requests is 51);
        var shadow = metrics.Of("shadow")!;
        // 103 for 101 is within 5 %; 3 for 1 is not.
        Assert.Equal((51, 50, 2.0), (shadow.Mirror!.Rows, shadow.Mirror.Agreeing, shadow.Mirror.MeanDifference));
        Assert.Equal((51, 51, 0), (metrics.Of("champion")!.Requests, shadow.Rows, shadow.Errors));
        Assert.Null(metrics.Of("champion")!.Mirror);
    }

    [Theory]
    [InlineData(50, 40, "sum to 90")]
    [InlineData(150, -50, "weight 150")]
    public async Task Weights_that_cannot_be_are_refused_and_the_last_good_manifest_stays(int first, int second, string said)
    {
        await using var host = await ServingHost.StartAsync();
        var (one, two) = (await host.AddModelAsync(1), await host.AddModelAsync(2, "challenger"));
        await host.WriteManifestAsync(ServingHost.Manifest("sizes", 1, one));
        await host.FollowsAsync("sizes", 1);
        await host.WriteManifestAsync(ServingHost.Manifest("sizes", 2, one with { Weight = first }, two with { Weight = second }));
        Assert.Contains(said, await host.WarnsAsync("'sizes'"), StringComparison.Ordinal);
        Assert.Equal((200, 1, 2), await host.AskAsync("sizes", 1));
    }

    [Fact]
    public async Task Two_variants_of_one_name_are_refused()
    {
        await using var host = await ServingHost.StartAsync();
        var one = await host.AddModelAsync(1, weight: 50);
        await host.WriteManifestAsync(ServingHost.Manifest("sizes", 1, one, one));
        Assert.Contains("names must differ", await host.WarnsAsync("'sizes'"), StringComparison.Ordinal);
    }
}
