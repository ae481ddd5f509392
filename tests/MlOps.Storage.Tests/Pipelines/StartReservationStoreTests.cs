using MlOps.Storage.Pipelines;

namespace MlOps.Storage.Tests.Pipelines;

public sealed class StartReservationStoreTests : IDisposable
{
    private readonly Records records = new();
    private readonly StartReservationStore starts;

    public StartReservationStoreTests() => starts = new StartReservationStore(records.Tables);

    public void Dispose() => records.Dispose();

    [Fact]
    public async Task Of_racing_requests_with_one_key_all_get_what_the_first_reserved()
    {
        var reserved = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => starts.ReserveAsync("flights", "key/#?", Reservation($"run-{n}"), default))));
        var run = Assert.Single(reserved.Select(r => r.RunId).Distinct());
        Assert.Equal(run, (await starts.TryGetAsync("flights", "key/#?", default))!.RunId);
    }

    [Fact]
    public async Task A_key_belongs_to_its_pipeline()
    {
        await starts.ReserveAsync("flights", "key", Reservation("run-1"), default);
        Assert.Null(await starts.TryGetAsync("cars", "key", default));
        Assert.Null(await starts.TryGetAsync("flights", "other", default));
    }

    private StartReservation Reservation(string run) => new() { Request = "r", RunId = run, CreatedAt = records.Time.Now };
}
