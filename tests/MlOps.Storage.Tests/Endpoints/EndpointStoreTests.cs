using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Endpoints;

public sealed class EndpointStoreTests : IDisposable
{
    private readonly Records records = new();
    private readonly LocalBlobStore blobs;
    private readonly EndpointStore endpoints;

    public EndpointStoreTests()
    {
        blobs = new LocalBlobStore(records.Folder["blobs"], new LocalBlobStoreOptions(), records.Time);
        endpoints = new EndpointStore(blobs, records.Audit, records.Time);
    }

    public void Dispose() => records.Dispose();

    [Fact]
    public async Task Switches_at_the_same_time_come_one_after_the_other_and_each_knows_the_one_before()
    {
        var switches = await Task.WhenAll(Enumerable.Range(1, 10).Select(v => Task.Run(() => endpoints.SwitchAsync("flights", [Variant(v)], "mlops", $"run {v}", default))));

        Assert.Equal(Enumerable.Range(1, 10), switches.Select(s => s.Current.Revision).Order());
        foreach (var (current, previous) in switches)
        {
            if (current.Revision is 1) Assert.Null(previous);
            else Assert.Equal(switches.Single(s => s.Current.Revision == current.Revision - 1).Current.Variants, previous!.Variants);
            Assert.Equal(current.Variants, (await endpoints.TryGetRevisionAsync("flights", current.Revision, default))!.Variants);
        }

        var (manifest, _) = (await endpoints.TryGetAsync("flights", default))!.Value;
        Assert.Equal(switches.Single(s => s.Current.Revision is 10).Current.Variants, manifest.Variants);
    }

    [Fact]
    public async Task The_same_switch_again_changes_nothing_and_answers_what_it_did()
    {
        await endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        var first = await endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        var again = await endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        Assert.Equal((2, 2), (first.Current.Revision, again.Current.Revision));
        Assert.Equal([Variant(1)], again.Previous!.Variants);
        Assert.Equal(2, (await records.AuditedAsync()).Count);
    }

    [Fact]
    public async Task Endpoints_are_listed_by_name_without_their_history()
    {
        await endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        await endpoints.SwitchAsync("cars", [], "mlops", "empty", default);
        Assert.Equal(["cars", "flights"], (await endpoints.ListAsync(default)).Select(e => e.Endpoint));
        Assert.Null(await endpoints.TryGetAsync("none", default));
    }

    [Fact]
    public async Task A_manifest_that_was_changed_in_between_is_not_overwritten()
    {
        await endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        var (_, eTag) = (await endpoints.TryGetAsync("flights", default))!.Value;
        await endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        Assert.Null(await blobs.TryWriteAsync("endpoints/flights/manifest.json", "{}"u8.ToArray(), WriteCondition.IfMatch(eTag), default));
    }

    private static EndpointVariant Variant(int version) => new("champion", "flights", version, new string('a', 64), 100);
}
