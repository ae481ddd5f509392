using FsCheck;
using FsCheck.Fluent;
using MlOps.Core.Endpoints;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Endpoints;

/// <summary>One release holds an endpoint; whatever fails or comes late, what answers is the old state or the new.</summary>
public sealed class EndpointHoldTests : IDisposable
{
    private const string Endpoint = "flights";
    private readonly Records _records = new();
    private readonly FaultyBlobStore _blobs;
    private readonly EndpointStore _endpoints;

    public EndpointHoldTests()
    {
        _blobs = new(new LocalBlobStore(_records.Folder["blobs"], new LocalBlobStoreOptions(), _records.Time));
        _endpoints = new EndpointStore(_blobs, _records.Audit, _records.Time);
    }

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task Of_many_releases_at_once_one_gets_the_endpoint_and_the_others_see_whose_it_is()
    {
        var holds = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() => _endpoints.HoldAsync(Endpoint, $"run-{i}", "lead", default))));
        var holder = Assert.Single(holds.Select(h => h.Hold!.Release).Distinct(StringComparer.Ordinal));
        Assert.Equal(1, (await _endpoints.HoldAsync(Endpoint, holder, "lead", default)).Revision);
    }

    [Fact]
    public async Task Who_does_not_hold_the_endpoint_cannot_change_it()
    {
        await _endpoints.HoldAsync(Endpoint, "run-1", "lead", default);
        var refused = await Assert.ThrowsAsync<EndpointHeldException>(() => _endpoints.ChangeAsync(Endpoint, Step("run-2", 10), default));
        Assert.Equal("run-1", refused.Holder);
        Assert.Contains("mlops endpoints rollback flights", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EndpointHeldException>(() => _endpoints.SwitchAsync(Endpoint, [Champion(1)], "me", "by hand", default));
    }

    [Fact]
    public async Task A_step_that_is_done_again_late_undoes_no_later_one()
    {
        var held = await _endpoints.HoldAsync(Endpoint, "run-1", "lead", default);
        var ten = await _endpoints.ChangeAsync(Endpoint, Step("run-1", 10) with { After = held.Revision }, default);
        var fifty = await _endpoints.ChangeAsync(Endpoint, Step("run-1", 50) with { After = ten.Revision }, default);
        var again = await _endpoints.ChangeAsync(Endpoint, Step("run-1", 10) with { After = held.Revision }, default);
        Assert.Equal(ten.Revision, again.Revision);
        Assert.Equal(fifty.Revision, (await _endpoints.TryGetAsync(Endpoint, default))!.Value.Manifest.Revision);
    }

    [Fact]
    public async Task The_end_of_a_release_that_is_done_again_leaves_the_next_release_alone()
    {
        var held = await _endpoints.HoldAsync(Endpoint, "run-1", "lead", default);
        var end = new EndpointChange([Champion(1)], "lead", "complete") { Release = "run-1", Final = true };
        var done = await _endpoints.ChangeAsync(Endpoint, end with { After = held.Revision }, default);
        await _endpoints.HoldAsync(Endpoint, "run-2", "lead", default);
        Assert.Equal(done.Revision, (await _endpoints.ChangeAsync(Endpoint, end with { After = held.Revision }, default)).Revision);
        Assert.Equal(done.Revision, (await _endpoints.ChangeAsync(Endpoint, end, default)).Revision);
        Assert.Equal("run-2", (await _endpoints.TryGetAsync(Endpoint, default))!.Value.Manifest.Hold!.Release);
    }

    [Fact]
    public async Task The_history_is_every_manifest_newest_first()
    {
        await _endpoints.SwitchAsync(Endpoint, [Champion(1)], "me", "first", default);
        await _endpoints.HoldAsync(Endpoint, "run-1", "lead", default);
        await _endpoints.ChangeAsync(Endpoint, Step("run-1", 10), default);
        var history = new List<EndpointManifest>();
        await foreach (var manifest in _endpoints.HistoryAsync(Endpoint, default)) history.Add(manifest);
        Assert.Equal([3, 2, 1], history.Select(m => m.Revision));
        Assert.Equal(["run-1", "run-1", null], history.Select(m => m.Hold?.Release));
    }

    /// <summary>
    /// Two releases take their steps in any order, each step may be run several times, late too, and any storage operation may fail
    /// before or after it happened. After every operation the manifest is a legal one; in the end it is the old state or a new one.
    /// </summary>
    [Fact]
    public void Whatever_the_interleaving_and_the_faults_there_is_one_holder_and_never_a_mixture()
    {
        var moves = from release in Gen.Choose(0, 1)
                    from fault in Gen.Frequency((6, Gen.Constant(BlobFault.None)), (1, Gen.Constant(BlobFault.Before)), (1, Gen.Constant(BlobFault.After)))
                    from at in Gen.Choose(1, 4)
                    from repeat in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
                    select new Move(release, fault, at, repeat);
        var number = 0;
        Prop.ForAll(Gen.ListOf(moves).Resize(30).ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (sequence, firstFails) =>
        {
            var endpoint = $"e{++number}";
            var model = new ReleaseModel(_endpoints, _blobs, endpoint, firstFails);
            model.RunAsync([.. sequence]).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static EndpointVariant Champion(int version) => new(EndpointVariant.Champion, "flights", version, new string('a', 64), 100);

    private static EndpointChange Step(string release, int traffic) =>
        new([Champion(1) with { Weight = 100 - traffic }, new(EndpointVariant.Candidate, "flights", 2, new string('b', 64), traffic)], "lead", $"{traffic} %") { Release = release };

    private sealed record Move(int Release, BlobFault Fault, int At, bool Repeat);

    /// <summary>Two releases as their orchestrations run them: a step is over when one attempt of it has succeeded; an earlier attempt may come again at any time.</summary>
    private sealed class ReleaseModel(EndpointStore endpoints, FaultyBlobStore blobs, string endpoint, bool firstFails)
    {
        private static readonly int[] s_traffic = [0, 10, 50, 100];
        private readonly int[] _step = [0, 0];
        private readonly int[] _revision = [0, 0];
        private readonly List<Func<Task>>[] _attempts = [[], []];

        public async Task RunAsync(IReadOnlyList<Move> moves)
        {
            await endpoints.SwitchAsync(endpoint, [Champion(1)], "me", "before", default);
            foreach (var move in moves)
            {
                var operations = 0;
                blobs.Next = () => ++operations == move.At ? move.Fault : BlobFault.None;
                await TryAsync(() => move.Repeat && _attempts[move.Release] is [.., var late] ? late() : AdvanceAsync(move.Release));
                blobs.Next = () => BlobFault.None;
                await AssertLegalAsync();
            }

            // Both go on to their ends, one after the other or taking turns as the hold allows.
            for (var i = 0; i < 40 && !(IsOver(0) && IsOver(1)); i++)
            {
                await AdvanceAsync(i % 2);
                await AssertLegalAsync();
            }

            Assert.True(IsOver(0) && IsOver(1));
            var end = (await endpoints.TryGetAsync(endpoint, default))!.Value.Manifest;
            Assert.Null(end.Hold);
            Assert.Equal(100, Assert.Single(end.Variants).Weight);
        }

        private bool IsOver(int release) => _step[release] > s_traffic.Length + 1;

        private Task AdvanceAsync(int release)
        {
            if (IsOver(release)) return Task.CompletedTask;
            var (name, at) = ($"run-{release}", _step[release]);
            if (at is 0) return HoldAsync(release, name);
            var after = _revision[release];
            var fails = release is 0 && firstFails;
            var change = at <= s_traffic.Length ? StepOf(name, release, s_traffic[at - 1]) with { After = after }
                : fails ? new EndpointChange(Before(release), "mlops", "taken back") { Release = name, Final = true }
                : new EndpointChange([Champion(release + 2)], "lead", "complete") { Release = name, Final = true, After = after };
            return RunAsync(async () =>
            {
                var made = await endpoints.ChangeAsync(endpoint, change, default);
                if (_step[release] == at) (_step[release], _revision[release]) = (at + 1, made.Revision);
            });

            Task RunAsync(Func<Task> attempt)
            {
                _attempts[release].Add(attempt);
                return attempt();
            }
        }

        private async Task HoldAsync(int release, string name)
        {
            var held = await endpoints.HoldAsync(endpoint, name, "lead", default);
            if (held.Hold!.Release == name) (_step[release], _revision[release]) = (1, held.Revision);
        }

        // What answered before release 1 is what release 0 left, if that went first.
        private static IReadOnlyList<EndpointVariant> Before(int release) => [Champion(release + 1)];

        private static EndpointChange StepOf(string name, int release, int traffic) =>
            new([Champion(1) with { Weight = 100 - traffic }, new(EndpointVariant.Candidate, "flights", release + 2, new string('b', 64), traffic)], "lead", $"{traffic} %") { Release = name };

        private static async Task TryAsync(Func<Task> attempt)
        {
            try
            {
                await attempt();
            }
            catch (IOException)
            {
                // The storage was away; the engine tries again.
            }
            catch (EndpointHeldException)
            {
                // Not this release's turn, or an attempt that came too late.
            }
        }

        private async Task AssertLegalAsync()
        {
            var manifest = (await endpoints.TryGetAsync(endpoint, default))!.Value.Manifest;
            Assert.Equal(100, manifest.Variants.Sum(v => v.Weight));
            if (manifest.Hold is null)
            {
                Assert.Equal(EndpointVariant.Champion, Assert.Single(manifest.Variants).Name);
                return;
            }

            // While a release holds it, nobody else has written since.
            Assert.Equal(manifest.Hold.Release, manifest.Release);
            for (var before = manifest.Hold.Before + 1; before < manifest.Revision; before++)
                Assert.Equal(manifest.Hold.Release, (await endpoints.TryGetRevisionAsync(endpoint, before, default))!.Release);
        }
    }
}
