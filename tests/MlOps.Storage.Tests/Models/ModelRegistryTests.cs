using MlOps.Core.Models;
using MlOps.Storage.Models;

namespace MlOps.Storage.Tests.Models;

public sealed class ModelRegistryTests : IDisposable
{
    private readonly Records _records = new();
    private readonly ModelRegistry _registry;

    public ModelRegistryTests() => _registry = new ModelRegistry(_records.Tables, _records.Audit, _records.Time);

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task Registrations_at_the_same_time_get_numbers_of_their_own_without_gaps()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(run => Task.Run(() => AddAsync($"run-{run}"))));
        Assert.Equal(Enumerable.Range(1, 20), added.Select(m => m.Version).Order());
        Assert.Equal(20, (await _registry.ListAsync("flights", default)).Select(m => m.RunId).Distinct().Count());
    }

    [Fact]
    public async Task The_same_run_gets_the_same_version_however_often_it_asks()
    {
        var first = await AddAsync("run-1");
        await AddAsync("run-2");
        Assert.Equal(first.Version, (await AddAsync("run-1")).Version);
        Assert.Equal(["model.created", "model.created"], await _records.AuditedAsync());
    }

    [Fact]
    public async Task A_legal_life_is_recorded_move_by_move_and_a_repeated_move_once()
    {
        await AddAsync("run-1");
        foreach (var stage in (ModelStage[])[ModelStage.Passed, ModelStage.Passed, ModelStage.Approved, ModelStage.Deployed, ModelStage.Archived, ModelStage.Deployed])
            await _registry.MoveAsync("flights", 1, stage, "lead", $"to {stage}", default);

        var model = (await _registry.TryGetAsync("flights", 1, default))!;
        Assert.Equal(
            [ModelStage.Created, ModelStage.Passed, ModelStage.Approved, ModelStage.Deployed, ModelStage.Archived, ModelStage.Deployed],
            model.History.Select(m => m.Stage));
        Assert.Equal(model.History.Select(m => $"model.{m.Stage.ToString().ToLowerInvariant()}"), await _records.AuditedAsync());
    }

    [Fact]
    public async Task An_illegal_move_is_refused_with_both_stages_and_changes_nothing()
    {
        await AddAsync("run-1");
        foreach (var stage in (ModelStage[])[ModelStage.Approved, ModelStage.Deployed, ModelStage.Archived, ModelStage.Retired])
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _registry.MoveAsync("flights", 1, stage, "lead", "why not", default));
            Assert.Contains("Created", refused.Message, StringComparison.Ordinal);
            Assert.Contains($"{stage}", refused.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => _registry.MoveAsync("flights", 2, ModelStage.Passed, "lead", "no such", default));
        Assert.Equal(ModelStage.Created, (await _registry.TryGetAsync("flights", 1, default))!.Stage);
        Assert.Equal(["model.created"], await _records.AuditedAsync());
    }

    private Task<ModelVersionRecord> AddAsync(string run) =>
        _registry.AddAsync("flights", run, version => Records.Model("flights", version, run), "mlops", default);
}
