using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Releases;
using MlOps.Core.Runs;
using MlOps.Pipelines.Releases;
using MlOps.Pipelines.Runs;
using MlOps.Pipelines.Staging;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Local;
using MlOps.Storage.Models;
using MlOps.Storage.Releases;
using MlOps.Storage.Tables;

namespace MlOps.Pipelines.Tests.Releases;

/// <summary>
/// A whole release on real stores, once for each of its writes: that write fails before it happened, after it happened, or storage stays
/// away for a while. What answers is the old state or a step of the release at any moment, and in the end everything tells the same story.
/// </summary>
public sealed class ReleaseFaultTests
{
    private const string Pipeline = PipelineHost.Pipeline + """

        release: { strategy: canary, steps: [ { traffic: 10%, for: 1s } ], checkEvery: 1s }
        """;

    private const int AtOnce = 24;
    private const int Outage = 2;

    private static readonly EndpointVariant s_old = new(EndpointVariant.Champion, "shop", 1, new string('1', 64), 100) { Package = new string('a', 64) };
    private static readonly ReleaseRequest s_request = new("run-2", "shop", new("shop", 2, new string('2', 64), new string('b', 64)), "lead");

    [Fact]
    public async Task Whichever_write_fails_the_release_is_made_once_and_nothing_in_between_is_a_mixture()
    {
        var writes = await RunAsync(Story.Released, failing: 0, _ => BlobFault.None);
        Assert.True(writes > 20, $"{writes} writes");
        var cases = from at in Enumerable.Range(1, writes)
                    from fault in (Func<int, BlobFault>[])[
                        n => n == at ? BlobFault.Before : BlobFault.None,
                        n => n == at ? BlobFault.After : BlobFault.None,
                        n => n >= at && n < at + Outage ? BlobFault.Before : BlobFault.None]
                    select (at, fault);
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (c, _) => await RunAsync(Story.Released, c.at, c.fault));
    }

    [Fact]
    public async Task Whichever_write_fails_a_version_that_answers_otherwise_than_evaluated_is_taken_back()
    {
        var writes = await RunAsync(Story.TakenBack, failing: 0, _ => BlobFault.None);
        var cases = Enumerable.Range(1, writes).Select(at => (at, fault: at % 2 is 0 ? BlobFault.Before : BlobFault.After));
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (c, _) => await RunAsync(Story.TakenBack, c.at, n => n == c.at ? c.fault : BlobFault.None));
    }

    /// <returns>How many writes the release made.</returns>
    private static async Task<int> RunAsync(Story story, int failing, Func<int, BlobFault> fault)
    {
        FaultyBlobStore? blobs = null;
        FaultyTableStore? tables = null;
        await using var host = await PipelineHost.StartAsync(pipeline: Pipeline, storage: (services, home) =>
        {
            services.AddSingleton<IBlobStore>(_ => blobs = new(new LocalBlobStore(home, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, TimeProvider.System)));
            services.AddSingleton<ITableStore>(_ => tables = new(new LocalTableStore(Path.Combine(home, "system", "tables.db"))));
        });
        await PrepareAsync(host, story.Verified);

        var writes = 0;
        blobs!.NextWrite = tables!.NextWrite = () => fault(Interlocked.Increment(ref writes));
        await host.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Release), s_request, new() { InstanceId = "run-2:release" });
        var ended = await host.EndOfAsync("run-2:release");
        var made = writes;
        blobs.NextWrite = tables.NextWrite = () => BlobFault.None;

        Assert.True(ended.ReadOutputAs<ReleaseOutcome>() is { } outcome && outcome.Passed == story.Verified.Passed, $"write {failing}: {ended.SerializedOutput} {ended.FailureDetails?.ErrorMessage}");
        await story.AssertToldAsync(host, $"write {failing}");
        return made;
    }

    /// <summary>Version 1 answers, version 2 is approved. What asks the serving process over HTTP has been answered already.</summary>
    private static async Task PrepareAsync(PipelineHost host, EndpointCheck verified)
    {
        await host.AcceptAsync("run-2");
        var registry = host.Get<ModelRegistry>();
        foreach (var (run, stages) in new[] { ("run-1", (ModelStage[])[ModelStage.Passed, ModelStage.Approved, ModelStage.Deployed]), ("run-2", [ModelStage.Passed, ModelStage.Approved]) })
        {
            var model = await registry.AddAsync("shop", run, version => VersionOf(version, run), "mlops", default);
            foreach (var stage in stages) await registry.MoveAsync("shop", model.Version, stage, "lead", "Good.", default);
        }

        await host.Get<EndpointStore>().SwitchAsync("shop", [s_old], "lead", "First.", default);
        var blobs = host.Get<IBlobStore>();
        await blobs.WriteJsonAsync($"runs/run-2/{RunSteps.Stage}/result.json", new { value = new StagingVerdict(true, "", "5 passed") }, default);
        await blobs.WriteJsonAsync($"runs/run-2/{RunSteps.Verify}/result.json", new { value = verified }, default);
    }

    private static ModelVersionRecord VersionOf(int version, string run) => new()
    {
        Name = "shop",
        Version = version,
        Stage = ModelStage.Created,
        RunId = run,
        Datasets = [],
        Sha256 = new string($"{version}"[0], 64),
        Path = ModelPackage.PathOf("shop", version),
        Metrics = new Dictionary<string, double>(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>What all records must tell of a release once it has ended.</summary>
    private sealed record Story(EndpointCheck Verified, string[] Manifests, ModelStage Before, ModelStage Brought, ReleaseStatus Status, string[] Audited)
    {
        private static readonly string[] s_common =
        [
            "endpoints/shop endpoint.held", .. Enumerable.Repeat("endpoints/shop endpoint.switched", 5),
            "models/shop/1 model.approved", "models/shop/1 model.created", "models/shop/1 model.deployed", "models/shop/1 model.passed",
            "models/shop/2 model.approved", "models/shop/2 model.created", "models/shop/2 model.passed",
            "releases/run-2 release.progressing", "releases/run-2 release.requested", "releases/run-2 release.testing",
        ];

        // Before, held, staged, 10 %, all, and the end: each once, in this order, and nothing else.
        private static readonly string[] s_steps = ["1@100", "1@100 held", "1@100 2@0 held", "1@90 2@10 held", "1@0 2@100 held"];

        public static Story Released { get; } = new(
            new(true, "20 golden rows answered", "http://x"), [.. s_steps, "2@100"], ModelStage.Archived, ModelStage.Deployed, ReleaseStatus.Released,
            [.. s_common, "models/shop/1 model.archived", "models/shop/2 model.deployed", "releases/run-2 release.released"]);

        public static Story TakenBack { get; } = new(
            new(false, "a golden row differs", "http://x"), [.. s_steps, "1@100"], ModelStage.Deployed, ModelStage.Approved, ReleaseStatus.RolledBack,
            [.. s_common, "releases/run-2 release.rolledback"]);

        public async Task AssertToldAsync(PipelineHost host, string context)
        {
            var history = new List<EndpointManifest>();
            await foreach (var manifest in host.Get<EndpointStore>().HistoryAsync("shop", default)) history.Add(manifest);
            history.Reverse();
            Assert.Equal(Enumerable.Range(1, history.Count), history.Select(m => m.Revision));
            Assert.Equal((context, string.Join(", ", Manifests)), (context, string.Join(", ", history.Select(Describe))));

            var registry = host.Get<ModelRegistry>();
            Assert.Equal((context, Before, Brought), (context, (await registry.TryGetAsync("shop", 1, default))!.Stage, (await registry.TryGetAsync("shop", 2, default))!.Stage));
            Assert.Equal((context, Status), (context, (await host.Get<ReleaseStore>().TryGetAsync("run-2", default))!.Status));

            var audit = host.Get<AuditLog>();
            Assert.True((await audit.VerifyAsync(null, default)).IsIntact, context);
            var told = (await audit.ListAsync(new AuditQuery { Take = 1000 }, default)).Entries.Select(e => $"{e.Event.Subject} {e.Event.Action}").Where(e => !e.StartsWith("pipelines", StringComparison.Ordinal));
            Assert.Equal([context, .. Audited.Order(StringComparer.Ordinal)], [context, .. told.Order(StringComparer.Ordinal)]);
        }

        private static string Describe(EndpointManifest manifest) =>
            string.Join(' ', manifest.Variants.Select(v => $"{v.Version}@{v.Weight}")) + (manifest.Hold is { Release: "run-2" } ? " held" : "");
    }
}
