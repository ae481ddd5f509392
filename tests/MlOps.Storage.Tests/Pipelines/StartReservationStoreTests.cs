using MlOps.Storage.Pipelines;

namespace MlOps.Storage.Tests.Pipelines;

public sealed class StartReservationStoreTests : IDisposable
{
    private readonly Records _records = new();
    private readonly StartReservationStore _starts;

    public StartReservationStoreTests() => _starts = new StartReservationStore(_records.Tables);

    public void Dispose() => _records.Dispose();

    [Fact]
    public async Task Of_racing_requests_with_one_key_all_get_what_the_first_reserved()
    {
        var reserved = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => _starts.ReserveAsync("flights", "key/#?", Reservation($"run-{n}"), default))));
        var run = Assert.Single(reserved.Select(r => r.RunId).Distinct());
        Assert.Equal(run, (await _starts.TryGetAsync("flights", "key/#?", default))!.RunId);
    }

    [Fact]
    public async Task A_key_belongs_to_its_pipeline()
    {
        await _starts.ReserveAsync("flights", "key", Reservation("run-1"), default);
        Assert.Null(await _starts.TryGetAsync("cars", "key", default));
        Assert.Null(await _starts.TryGetAsync("flights", "other", default));
    }

    private StartReservation Reservation(string run) => new() { Request = "r", RunId = run, CreatedAt = _records.Time.Now };
}
