using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Endpoints;

public sealed class ManifestFollowerTests
{
    [Fact]
    public async Task While_versions_change_under_load_every_request_is_answered_by_one_of_them()
    {
        await using var host = await ServingHost.StartAsync();
        var variants = new[] { await host.AddModelAsync(1), await host.AddModelAsync(2), await host.AddModelAsync(3) };
        await host.SwitchAsync("sizes", variants[0]);
        await host.AnswersAsync("sizes", 200, 1);

        using var done = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            var answered = 0;
            for (; !done.IsCancellationRequested; answered++)
            {
                var (status, version, value) = await host.AskAsync("sizes", client);
                Assert.Equal(200, status);
                Assert.Equal(client + version, value);
            }

            return answered;
        })).ToList();
        for (var turn = 1; turn <= 12; turn++)
        {
            await host.SwitchAsync("sizes", variants[turn % 3]);
            await host.AnswersAsync("sizes", 200, variants[turn % 3].Version);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), answered => Assert.True(answered > 0));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("truncated")]
    [InlineData("tampered")]
    [InlineData("another model")]
    public async Task A_version_that_cannot_be_loaded_leaves_the_last_good_one_and_holds_no_other_endpoint_up(string fault)
    {
        await using var host = await ServingHost.StartAsync();
        var (good, bad) = (await host.AddModelAsync(1), await host.AddModelAsync(2));
        await host.SwitchAsync("aaa", good);
        await host.AnswersAsync("aaa", 200, 1);

        var file = host.PathOf(ModelPackage.PathOf("adding", 2) + ModelPackage.Model);
        if (fault is "missing") File.Delete(file);
        else if (fault is "truncated") await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..20]);
        else if (fault is "tampered") await File.WriteAllBytesAsync(file, AddingModel.Of(666));
        else bad = bad with { Version = 99 };
        await host.SwitchAsync("aaa", bad);
        await host.SwitchAsync("zzz", good);

        await host.WarnsAsync("'aaa'");
        await host.AnswersAsync("zzz", 200, 1);
        Assert.Equal((200, 1, 8), await host.AskAsync("aaa", 7));

        // What is released next is taken up.
        await host.SwitchAsync("aaa", await host.AddModelAsync(3));
        await host.AnswersAsync("aaa", 200, 3);
    }

    [Fact]
    public async Task A_tampered_model_is_told_with_both_hashes()
    {
        await using var host = await ServingHost.StartAsync();
        var variant = await host.AddModelAsync(1);
        await host.SwitchAsync("sizes", variant with { Sha256 = new string('0', 64) });
        var warning = await host.WarnsAsync("'sizes'");
        Assert.Contains(new string('0', 64), warning, StringComparison.Ordinal);
        Assert.Contains(variant.Sha256, warning, StringComparison.Ordinal);
        Assert.Equal(404, (await host.AskAsync("sizes", 1)).Status);
    }

    [Fact]
    public async Task An_endpoint_without_variants_or_without_a_manifest_answers_no_more()
    {
        await using var host = await ServingHost.StartAsync();
        var variant = await host.AddModelAsync(1);
        await host.SwitchAsync("emptied", variant);
        await host.SwitchAsync("removed", variant);
        await host.SwitchAsync("kept", variant);
        foreach (var endpoint in (string[])["emptied", "removed", "kept"]) await host.AnswersAsync(endpoint, 200, 1);

        await host.SwitchAsync("emptied");
        File.Delete(host.PathOf("endpoints/removed/manifest.json"));
        await host.AnswersAsync("emptied", 404, 0);
        await host.AnswersAsync("removed", 404, 0);
        Assert.Equal(200, (await host.AskAsync("kept", 1)).Status);
    }

    [Fact]
    public async Task A_manifest_that_is_no_manifest_is_told_and_the_others_are_followed()
    {
        await using var host = await ServingHost.StartAsync();
        Directory.CreateDirectory(host.PathOf("endpoints/broken"));
        await File.WriteAllTextAsync(host.PathOf("endpoints/broken/manifest.json"), "{ not json");
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        await host.WarnsAsync("'broken'");
    }
}
