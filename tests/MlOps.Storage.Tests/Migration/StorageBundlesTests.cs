using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Core.Models;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Migration;
using MlOps.Storage.Models;
using MlOps.Storage.Runs;
using MlOps.Storage.Tests.Azure;

namespace MlOps.Storage.Tests.Migration;

public sealed class StorageBundlesTests : IAsyncLifetime
{
    private const string RunId = "flights-20010302-081500-0001";
    private static readonly BundleSelection s_everything = new(BundleSelection.AllParts, []);
    private readonly TemporaryFolder _folder = new();
    private readonly List<ServiceProvider> _homes = [];
    private AzureAccount _azure = null!;

    public async Task InitializeAsync() => _azure = await AzureAccount.CreateAsync();

    public async Task DisposeAsync()
    {
        foreach (var home in _homes) await home.DisposeAsync();
        await _azure.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task From_local_to_Azure_and_back_everything_has_the_same_hashes_and_the_log_stays_whole()
    {
        var (first, second) = (Home("first"), Home("second"));
        await FillAsync(first);
        var (one, bundle) = await ExportAsync(first);
        var imported = await ImportAsync(_azure.Services, one);
        Assert.Equal("appended", imported.Audit);
        var (two, there) = await ExportAsync(_azure.Services);
        await ImportAsync(second, two);
        var (_, back) = await ExportAsync(second);

        Assert.Equal(["datasets", "models", "runs", "audit"], bundle.Parts.Select(p => p.Name));
        foreach (var part in new[] { "datasets", "models", "runs" })
        {
            var hash = HashOf(bundle, part);
            Assert.Equal((hash, hash, hash), (HashOf(there, part), HashOf(back, part), Assert.Single(imported.Parts, p => p.Name == part).Sha256));
        }
        Assert.Contains(bundle.Parts.SelectMany(p => p.Files), f => f.Path == $"blobs/runs/{RunId}/pipeline.yaml");
        Assert.DoesNotContain(bundle.Parts.SelectMany(p => p.Files), f => f.Path.Contains("/features/", StringComparison.Ordinal));

        var record = await second.GetRequiredService<ModelRegistry>().TryGetAsync("flights", 1, default);
        Assert.Equal([ModelStage.Created, ModelStage.Passed], record!.History.Select(h => h.Stage));
        Assert.Equal(2, (await second.GetRequiredService<DatasetCatalog>().ListAsync("flights", default)).Count);
        Assert.NotNull(await second.GetRequiredService<RunStore>().TryGetAsync(RunId, default));
        foreach (var services in new[] { _azure.Services, second })
        {
            var log = services.GetRequiredService<AuditLog>();
            Assert.Empty((await log.VerifyAsync(null, default)).Faults);
            var actions = (await log.ListAsync(new AuditQuery { Take = 1000 }, default)).Entries.Reverse().Select(e => e.Event.Action).ToList();
            Assert.Equal(["model.created", "model.passed"], actions.Take(2));
            Assert.Contains("bundle.imported", actions);
        }
    }

    [Fact]
    public async Task Importing_again_changes_nothing_and_an_interrupted_import_goes_on()
    {
        var (source, target) = (Home("source"), Home("target"));
        await FillAsync(source);
        var (archive, bundle) = await ExportAsync(source);
        // As an import left it that was stopped in its middle.
        await target.GetRequiredService<IBlobStore>().TryWriteAsync("models/flights/1/model.onnx", "graph"u8.ToArray(), WriteCondition.None, default);
        var first = await ImportAsync(target, archive);
        Assert.Equal(1, first.Parts.Single(p => p.Name == "models").AlreadyThere);
        var again = await ImportAsync(target, archive);
        Assert.Equal(0, again.Parts.Sum(p => p.Written));
        Assert.Equal("already there", again.Audit);
        Assert.Equal(HashOf(bundle, "models"), HashOf((await ExportAsync(target)).Bundle, "models"));
    }

    [Fact]
    public async Task What_is_there_and_differs_is_refused_kept_or_replaced_as_asked()
    {
        var (source, target) = (Home("source"), Home("target"));
        await FillAsync(source);
        var (archive, _) = await ExportAsync(source);
        var blobs = target.GetRequiredService<IBlobStore>();
        await blobs.TryWriteAsync("models/flights/1/model.onnx", "other"u8.ToArray(), WriteCondition.None, default);

        var refused = await Assert.ThrowsAsync<BundleConflictException>(() => ImportAsync(target, archive));
        Assert.Equal(["models/flights/1/model.onnx"], refused.Places);
        Assert.Null(await target.GetRequiredService<ModelRegistry>().TryGetAsync("flights", 1, default));

        Assert.Equal(1, (await ImportAsync(target, archive, ExistingContent.Keep)).Parts.Sum(p => p.Kept));
        Assert.Equal("other", Encoding.UTF8.GetString((await blobs.TryReadAsync("models/flights/1/model.onnx", default))!.Content.Span));
        Assert.Equal(1, (await ImportAsync(target, archive, ExistingContent.Replace)).Parts.Sum(p => p.Replaced));
        Assert.Equal("graph", Encoding.UTF8.GetString((await blobs.TryReadAsync("models/flights/1/model.onnx", default))!.Content.Span));
    }

    [Fact]
    public async Task A_log_of_another_story_is_kept_whole_beside_the_storage_s_own()
    {
        var (source, target) = (Home("source"), Home("target"));
        await FillAsync(source);
        await target.GetRequiredService<AuditLog>().AppendAsync(new("me", "model.approved", "models/other/1", "because"), default);
        var result = await ImportAsync(target, (await ExportAsync(source)).Archive);
        Assert.StartsWith("audit/imported/", result.Audit, StringComparison.Ordinal);
        Assert.Empty((await target.GetRequiredService<AuditLog>().VerifyAsync(null, default)).Faults);
        var kept = await target.GetRequiredService<IBlobStore>().TryReadAsync(result.Audit!, default);
        Assert.Contains("model.created", Encoding.UTF8.GetString(kept!.Content.Span), StringComparison.Ordinal);
        // It goes along with the next bundle.
        Assert.Contains((await ExportAsync(target)).Bundle.Parts.SelectMany(p => p.Files), f => f.Path == $"blobs/{result.Audit}");
    }

    [Fact]
    public async Task A_bundle_of_one_pipeline_holds_no_other_s()
    {
        var source = Home("source");
        await FillAsync(source);
        var catalog = source.GetRequiredService<DatasetCatalog>();
        await catalog.AddAsync(Records.Dataset(new string('c', 64), null, null) with { Name = "other", RunId = "other-20010302-081500-0000" }, default);
        var (_, bundle) = await ExportAsync(source, new BundleSelection(["datasets", "models"], ["other"]));
        Assert.Equal(["tables/datasets/other.jsonl"], bundle.Parts.SelectMany(p => p.Files).Select(f => f.Path));
        Assert.Contains("'endpoints'", (await Assert.ThrowsAsync<BundleException>(() => ExportAsync(source, new BundleSelection(["endpoints"], [])))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("changed", "'blobs/models/flights/1/model.onnx' was changed")]
    [InlineData("lacking", "lacks 'blobs/models/flights/1/model.onnx'")]
    [InlineData("stray", "holds 'blobs/models/flights/1/stray'")]
    [InlineData("twice", "twice")]
    [InlineData("escaping", "holds '../../etc/passwd'")]
    [InlineData("link", "no plain file")]
    [InlineData("no list", "no bundle.json")]
    [InlineData("cut off", "")]
    [InlineData("no archive", "no bundle.json")]
    [InlineData("list changed", "The list of 'models'")]
    [InlineData("reaching out", "no blob and no table")]
    [InlineData("log changed", "broken at entry 2")]
    public async Task A_bundle_that_is_not_the_one_that_was_made_is_refused_with_the_file_and_nothing_is_written(string how, string problem)
    {
        var source = Home("source");
        await FillAsync(source);
        var changed = await ChangeAsync((await ExportAsync(source)).Archive, how);
        var target = Home("target");
        var error = await Assert.ThrowsAsync<BundleException>(() => ImportAsync(target, changed));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        await foreach (var blob in target.GetRequiredService<IBlobStore>().ListAsync("", default)) Assert.Fail(blob.Name);
        Assert.Empty((await target.GetRequiredService<AuditLog>().ListAsync(new AuditQuery(), default)).Entries);
    }

    private ServiceProvider Home(string name)
    {
        var home = new ServiceCollection().AddSingleton<TimeProvider>(new ManualTime()).AddLocalStorage(_folder[name]).BuildServiceProvider();
        _homes.Add(home);
        return home;
    }

    private static async Task FillAsync(IServiceProvider services)
    {
        var (blobs, models, datasets) = (services.GetRequiredService<IBlobStore>(), services.GetRequiredService<ModelRegistry>(), services.GetRequiredService<DatasetCatalog>());
        await models.AddAsync("flights", RunId, version => Records.Model("flights", version, RunId), "mlops", default);
        await models.MoveAsync("flights", 1, ModelStage.Passed, "mlops", "Every gate passed.", default);
        foreach (var digit in "ab") await datasets.AddAsync(Records.Dataset(new string(digit, 64), new DateTime(2001, 1, 1), new DateTime(2001, 2, 1)) with { RunId = RunId }, default);
        await services.GetRequiredService<RunStore>().CreateAsync(Records.Run(RunId, new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero)), default);
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["models/flights/1/model.onnx"] = "graph"u8.ToArray(),
            ["models/flights/1/card é.md"] = [],
            [$"datasets/flights/{new string('a', 64)}/data.parquet"] = RandomNumberGenerator.GetBytes(10_000_000),
            [$"runs/{RunId}/pipeline.yaml"] = "name: flights"u8.ToArray(),
            [$"runs/{RunId}/features/train.parquet"] = "rows"u8.ToArray(),
            ["incoming/flights/new.csv"] = "a,b"u8.ToArray(),
        };
        foreach (var (name, content) in contents) await blobs.TryWriteAsync(name, content, WriteCondition.None, default);
    }

    private static async Task<(byte[] Archive, Bundle Bundle)> ExportAsync(IServiceProvider services, BundleSelection? selection = null)
    {
        using var archive = new MemoryStream();
        var bundle = await services.GetRequiredService<StorageBundles>().ExportAsync(selection ?? s_everything, "me", "A test.", archive, default);
        return (archive.ToArray(), bundle);
    }

    private static async Task<ImportResult> ImportAsync(IServiceProvider services, byte[] archive, ExistingContent existing = ExistingContent.Refuse)
    {
        using var source = new MemoryStream(archive);
        return await services.GetRequiredService<StorageBundles>().ImportAsync(source, existing, "me", "A test.", default);
    }

    private static string HashOf(Bundle bundle, string part) => bundle.Parts.Single(p => p.Name == part).Sha256;

    /// <summary>The archive as somebody changed it.</summary>
    private static async Task<byte[]> ChangeAsync(byte[] archive, string how)
    {
        const string model = "blobs/models/flights/1/model.onnx";
        if (how is "no archive") return [.. "this is no archive"u8, .. new byte[2000]];
        if (how is "cut off") return archive[..(archive.Length / 2)];
        var reader = new TarReader(new MemoryStream(archive));
        using var changed = new MemoryStream();
        await using (var writer = new TarWriter(changed, TarEntryFormat.Pax, leaveOpen: true))
        {
            while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
            {
                using var content = new MemoryStream();
                if (entry.DataStream is { } data) await data.CopyToAsync(content);
                var text = Encoding.UTF8.GetString(content.ToArray());
                var (name, bytes) = (entry.Name, content.ToArray());
                switch (how)
                {
                    case "changed" when name == model: bytes = "grapf"u8.ToArray(); break;
                    case "lacking" when name == model: continue;
                    case "no list" when name == Bundle.FileName: continue;
                    case "list changed" when name == Bundle.FileName: bytes = Encoding.UTF8.GetBytes(Forget(text, model)); break;
                    case "reaching out" when name == model: name = "blobs/endpoints/flights/manifest.json"; break;
                    case "reaching out" when name == Bundle.FileName: bytes = Encoding.UTF8.GetBytes(text.Replace(model, "blobs/endpoints/flights/manifest.json", StringComparison.Ordinal)); break;
                    case "log changed" when name == "tables/audit/log.jsonl": bytes = Encoding.UTF8.GetBytes(text.Replace("Trained by", "Trained bx", StringComparison.Ordinal)); break;
                }
                await WriteAsync(writer, name, bytes);
                if (how is "twice" && name == model) await WriteAsync(writer, name, bytes);
            }
            if (how is "stray") await WriteAsync(writer, "blobs/models/flights/1/stray", [1]);
            if (how is "escaping") await WriteAsync(writer, "../../etc/passwd", [1]);
            if (how is "link") await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "blobs/models/link") { LinkName = "/etc/passwd" });
        }
        return how is "log changed" ? await RehashAsync(changed.ToArray()) : changed.ToArray();
    }

    /// <summary>The list without a file, and without its hash being made anew.</summary>
    private static string Forget(string list, string path)
    {
        var bundle = System.Text.Json.JsonSerializer.Deserialize<Bundle>(list, MlOps.Core.Json.MlOpsJson.Indented)!;
        return System.Text.Json.JsonSerializer.Serialize(
            bundle with { Parts = [.. bundle.Parts.Select(p => p with { Files = [.. p.Files.Select(f => f.Path == path ? f with { Bytes = 6 } : f).Reverse().Skip(p.Name is "models" ? 1 : 0)] })] },
            MlOps.Core.Json.MlOpsJson.Indented);
    }

    /// <summary>The archive with a list that fits its files: whoever changes a file may change the list as well.</summary>
    private static async Task<byte[]> RehashAsync(byte[] archive)
    {
        var reader = new TarReader(new MemoryStream(archive));
        using var changed = new MemoryStream();
        var hashes = new Dictionary<string, BundleFile>(StringComparer.Ordinal);
        await using (var writer = new TarWriter(changed, TarEntryFormat.Pax, leaveOpen: true))
        {
            while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
            {
                using var content = new MemoryStream();
                if (entry.DataStream is { } data) await data.CopyToAsync(content);
                var bytes = content.ToArray();
                if (entry.Name == Bundle.FileName)
                {
                    var bundle = System.Text.Json.JsonSerializer.Deserialize<Bundle>(bytes, MlOps.Core.Json.MlOpsJson.Indented)!;
                    bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(bundle with { Parts = [.. bundle.Parts.Select(p => BundlePart.Of(p.Name, p.Files.Select(f => hashes[f.Path])))] }, MlOps.Core.Json.MlOpsJson.Indented);
                }
                hashes[entry.Name] = new(entry.Name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
                await WriteAsync(writer, entry.Name, bytes);
            }
        }
        return changed.ToArray();
    }

    private static async Task WriteAsync(TarWriter writer, string name, byte[] content)
    {
        using var data = new MemoryStream(content);
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
    }
}
