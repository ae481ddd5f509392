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

    public static IEnumerable<object[]> Faults() =>
        from file in ModelPackage.Released.Append(ModelPackage.Sums)
        from fault in (string[])["missing", "truncated", "tampered"]
        select (object[])[file, fault];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_package_with_any_file_changed_is_refused_by_name_and_the_last_good_one_keeps_serving(string file, string fault)
    {
        await using var host = await ServingHost.StartAsync();
        var (good, bad) = (await host.AddModelAsync(1), await host.AddModelAsync(2));
        await host.SwitchAsync("aaa", good);
        await host.AnswersAsync("aaa", 200, 1);

        var damaged = ModelPackage.PathOf("adding", 2) + file;
        var bytes = await File.ReadAllBytesAsync(host.PathOf(damaged));
        if (fault is "missing") File.Delete(host.PathOf(damaged));
        else if (fault is "truncated") await File.WriteAllBytesAsync(host.PathOf(damaged), bytes[..^1]);
        else await File.WriteAllBytesAsync(host.PathOf(damaged), Tampered(file, bytes));
        await host.SwitchAsync("aaa", bad);
        await host.SwitchAsync("zzz", good);

        Assert.Contains(damaged, await host.WarnsAsync("'aaa'"), StringComparison.Ordinal);
        await host.AnswersAsync("zzz", 200, 1);
        Assert.Equal((200, 1, 8), await host.AskAsync("aaa", 7));
        var (status, report) = await host.ReadyAsync();
        Assert.Equal(200, status);
        Assert.Contains(damaged, report, StringComparison.Ordinal);

        // What is released next is taken up.
        await host.SwitchAsync("aaa", await host.AddModelAsync(3));
        await host.AnswersAsync("aaa", 200, 3);
    }

    [Fact]
    public async Task A_whole_package_of_another_version_is_not_taken_for_the_one_that_was_released()
    {
        await using var host = await ServingHost.StartAsync();
        var (first, second) = (await host.AddModelAsync(1), await host.AddModelAsync(2));
        foreach (var file in (string[])[.. ModelPackage.Released, ModelPackage.Sums])
            File.Copy(host.PathOf(ModelPackage.PathOf("adding", 1) + file), host.PathOf(ModelPackage.PathOf("adding", 2) + file), overwrite: true);
        await host.SwitchAsync("sizes", second);
        var warning = await host.WarnsAsync("'sizes'");
        Assert.Contains(first.Package!, warning, StringComparison.Ordinal);
        Assert.Contains(second.Package!, warning, StringComparison.Ordinal);
        Assert.Equal(404, (await host.AskAsync("sizes", 1)).Status);
    }

    [Fact]
    public async Task A_manifest_that_names_another_graph_or_no_package_or_no_version_is_refused()
    {
        await using var host = await ServingHost.StartAsync();
        var variant = await host.AddModelAsync(1);
        await host.SwitchAsync("graph", variant with { Sha256 = new string('0', 64) });
        await host.SwitchAsync("older", variant with { Package = null });
        await host.SwitchAsync("unknown", variant with { Version = 99 });
        var warning = await host.WarnsAsync("'graph'");
        Assert.Contains(new string('0', 64), warning, StringComparison.Ordinal);
        Assert.Contains(variant.Sha256, warning, StringComparison.Ordinal);
        Assert.Contains("Start a run", await host.WarnsAsync("'older'"), StringComparison.Ordinal);
        Assert.Contains("models/adding/99/SHA256SUMS is missing", await host.WarnsAsync("'unknown'"), StringComparison.Ordinal);
        foreach (var endpoint in (string[])["graph", "older", "unknown"]) Assert.Equal(404, (await host.AskAsync(endpoint, 1)).Status);
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

    /// <summary>Another file of the same kind: nothing but its hash betrays it.</summary>
    private static byte[] Tampered(string file, byte[] bytes) =>
        file is ModelPackage.Model ? AddingModel.Of(666) : [.. bytes, (byte)'\n'];
}
