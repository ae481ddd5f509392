using MlOps.Core.Endpoints;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Endpoints;

public sealed class EndpointStoreTests : IDisposable
{
    private readonly Records _records = new();
    private readonly LocalBlobStore _blobs;
    private readonly EndpointStore _endpoints;

    public EndpointStoreTests()
    {
        _blobs = new LocalBlobStore(_records.Folder["blobs"], new LocalBlobStoreOptions(), _records.Time);
        _endpoints = new EndpointStore(_blobs, _records.Audit, _records.Time);
    }

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task Switches_at_the_same_time_come_one_after_the_other_and_each_knows_the_one_before()
    {
        var switches = await Task.WhenAll(Enumerable.Range(1, 10).Select(v => Task.Run(() => _endpoints.SwitchAsync("flights", [Variant(v)], "mlops", $"run {v}", default))));

        Assert.Equal(Enumerable.Range(1, 10), switches.Select(s => s.Current.Revision).Order());
        foreach (var (current, previous) in switches)
        {
            if (current.Revision is 1) Assert.Null(previous);
            else Assert.Equal(switches.Single(s => s.Current.Revision == current.Revision - 1).Current.Variants, previous!.Variants);
            Assert.Equal(current.Variants, (await _endpoints.TryGetRevisionAsync("flights", current.Revision, default))!.Variants);
        }

        var (manifest, _) = (await _endpoints.TryGetAsync("flights", default))!.Value;
        Assert.Equal(switches.Single(s => s.Current.Revision is 10).Current.Variants, manifest.Variants);
    }

    [Fact]
    public async Task The_same_switch_again_changes_nothing_and_answers_what_it_did()
    {
        await _endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        var first = await _endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        var again = await _endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        Assert.Equal((2, 2), (first.Current.Revision, again.Current.Revision));
        Assert.Equal([Variant(1)], again.Previous!.Variants);
        Assert.Equal(2, (await _records.AuditedAsync()).Count);
    }

    [Fact]
    public async Task Endpoints_are_listed_by_name_without_their_history()
    {
        await _endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        await _endpoints.SwitchAsync("cars", [], "mlops", "empty", default);
        Assert.Equal(["cars", "flights"], (await _endpoints.ListAsync(default)).Select(e => e.Endpoint));
        Assert.Null(await _endpoints.TryGetAsync("none", default));
    }

    [Fact]
    public async Task A_manifest_that_was_changed_in_between_is_not_overwritten()
    {
        await _endpoints.SwitchAsync("flights", [Variant(1)], "mlops", "run 1", default);
        var (_, eTag) = (await _endpoints.TryGetAsync("flights", default))!.Value;
        await _endpoints.SwitchAsync("flights", [Variant(2)], "mlops", "run 2", default);
        Assert.Null(await _blobs.TryWriteAsync("endpoints/flights/manifest.json", "{}"u8.ToArray(), WriteCondition.IfMatch(eTag), default));
    }

    private static EndpointVariant Variant(int version) => new("champion", "flights", version, new string('a', 64), 100);
}
