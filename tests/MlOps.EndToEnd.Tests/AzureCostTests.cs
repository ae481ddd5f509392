using MlOps.Testing.Azure;

namespace MlOps.EndToEnd.Tests;

/// <summary>Alone, since it counts what the whole process sends.</summary>
[CollectionDefinition("counts the process", DisableParallelization = true)]
public sealed class CountsTheProcess;

[Collection("counts the process")]
public sealed class AzureCostTests
{
    /// <summary>Requests to storage that one run of penguins (6 trials) may send. docs/COST.md states what it sends, by operation.</summary>
    private const int Budget = 650;

    [Fact]
    public async Task One_run_stays_within_its_budget_of_storage_transactions()
    {
        var (counted, _) = await CountedRun.MeasureAsync("penguins", TimeSpan.Zero);
        Assert.Equal("released", counted.Run.GetProperty("status").GetString());
        Assert.True(counted.Total <= Budget, $"{counted.Total} requests, more than {Budget}: {string.Join(", ", counted.Operations.Select(o => $"{o.Key} {o.Value}"))}");
        // Something was counted at all, and of each kind.
        Assert.All(["blob.put", "blob.get", "blob.copy", "table.insert", "table.get"], o => Assert.True(counted.Operations.GetValueOrDefault(o) > 0, o));
    }
}
