using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>
/// The place of one model. Its model may be let go for others, and comes back when it is asked for. All variants with the same bytes share
/// a slot; the last one that leaves it ends it.
/// </summary>
internal sealed class ModelSlot(ModelShelf shelf, EndpointVariant variant, LoadedModel model)
{
    private readonly Lock gate = new();
    private Task? loading;
    private volatile LoadedModel? current = model;
    private volatile bool ended;

    public ModelIdentity Identity { get; } = ModelIdentity.Of(variant);

    public ModelFacts Facts { get; } = model.Facts;

    /// <summary>Variants that have this slot; guarded by the shelf.</summary>
    public int Sharers { get; set; }

    /// <summary>When it was last asked for, on the shelf's count.</summary>
    public long LastUse { get; private set; }

    /// <summary>Memory that its model takes now.</summary>
    public long Bytes => current?.Bytes ?? 0;

    /// <summary>The model, loaded where need be, kept in memory until the caller disposes it; <see langword="null"/> when the slot has ended.</summary>
    public async ValueTask<LoadedModel?> TryUseAsync(CancellationToken cancellationToken)
    {
        LastUse = shelf.Tick();
        while (!ended)
        {
            if (current is { } loaded && loaded.TryUse()) return loaded;
            if (!ended) await LoadOnce().WaitAsync(cancellationToken);
        }

        return null;
    }

    /// <summary>Lets the model go when its last request is answered; the next request loads it again.</summary>
    public void Evict() => Interlocked.Exchange(ref current, null)?.Dispose();

    /// <summary>Ends the slot.</summary>
    public void End()
    {
        ended = true;
        Evict();
    }

    /// <summary>All who wait share one loading; that one of them goes does not end it.</summary>
    private Task LoadOnce()
    {
        lock (gate) return loading is { IsCompleted: false } ? loading : loading = LoadAsync();
    }

    private async Task LoadAsync()
    {
        if (current is not null) return;
        current = await shelf.LoadAsync(variant, CancellationToken.None);
        if (ended) Evict();
        else shelf.MakeRoom(this);
    }
}
