using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>
/// The place of one model. Its model may be let go for others, and comes back when it is asked for. All variants with the same bytes share
/// a slot; the last one that leaves it ends it.
/// </summary>
internal sealed class ModelSlot(ModelShelf shelf, EndpointVariant variant, LoadedModel model)
{
    private readonly Lock _gate = new();
    private Task? _loading;
    private volatile LoadedModel? _current = model;
    private volatile bool _ended;

    public ModelIdentity Identity { get; } = ModelIdentity.Of(variant);

    public ModelFacts Facts { get; } = model.Facts;

    /// <summary>Variants that have this slot; guarded by the shelf.</summary>
    public int Sharers { get; set; }

    /// <summary>When it was last asked for, on the shelf's count.</summary>
    public long LastUse { get; private set; }

    /// <summary>Memory that its model takes now.</summary>
    public long Bytes => _current?.Bytes ?? 0;

    /// <summary>The model, loaded where need be, kept in memory until the caller disposes it; <see langword="null"/> when the slot has ended.</summary>
    public async ValueTask<LoadedModel?> TryUseAsync(CancellationToken cancellationToken)
    {
        LastUse = shelf.Tick();
        while (!_ended)
        {
            if (_current is { } loaded && loaded.TryUse()) return loaded;
            if (!_ended) await LoadOnce().WaitAsync(cancellationToken);
        }

        return null;
    }

    /// <summary>Lets the model go when its last request is answered; the next request loads it again.</summary>
    public void Evict() => Interlocked.Exchange(ref _current, null)?.Dispose();

    /// <summary>Ends the slot.</summary>
    public void End()
    {
        _ended = true;
        Evict();
    }

    /// <summary>All who wait share one loading; that one of them goes does not end it.</summary>
    private Task LoadOnce()
    {
        lock (_gate) return _loading is { IsCompleted: false } ? _loading : _loading = LoadAsync();
    }

    private async Task LoadAsync()
    {
        if (_current is not null) return;
        _current = await shelf.LoadAsync(variant, CancellationToken.None);
        if (_ended) Evict();
        else shelf.MakeRoom(this);
    }
}
