using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>All models of the process, within a budget of memory: those not asked for the longest time are let go first.</summary>
internal sealed partial class ModelShelf(ModelLoader loader, IOptions<ServingOptions> options, ILogger<ModelShelf> logger)
{
    private readonly Dictionary<ModelIdentity, ModelSlot> _slots = [];
    private readonly Lock _gate = new();
    private long _ticks;

    private long Budget { get; } = options.Value.MaxModelBytes > 0 ? options.Value.MaxModelBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Models in memory and what they count for together.</summary>
    public (int Models, long Bytes) InMemory
    {
        get
        {
            lock (_gate) return (_slots.Values.Count(s => s.Bytes > 0), _slots.Values.Sum(s => s.Bytes));
        }
    }

    /// <summary>A variant's model, loaded and warmed; the caller gives it back.</summary>
    public async Task<ModelSlot> TakeAsync(EndpointVariant variant, CancellationToken cancellationToken)
    {
        if (TryShare(ModelIdentity.Of(variant)) is { } shared) return shared;
        var slot = new ModelSlot(this, variant, await loader.LoadAsync(variant, cancellationToken));
        lock (_gate)
        {
            // Only the follower takes: nobody else can have put one there meanwhile.
            slot.Sharers = 1;
            _slots.Add(slot.Identity, slot);
        }

        MakeRoom(slot);
        return slot;
    }

    /// <summary>Ends one sharer's use; the last one's ends the slot.</summary>
    public void GiveBack(ModelSlot slot)
    {
        lock (_gate)
        {
            if (--slot.Sharers > 0) return;
            _slots.Remove(slot.Identity);
        }

        slot.End();
    }

    public Task<LoadedModel> LoadAsync(EndpointVariant variant, CancellationToken cancellationToken) => loader.LoadAsync(variant, cancellationToken);

    public long Tick() => Interlocked.Increment(ref _ticks);

    /// <summary>Lets models go until the rest is within the budget; the one that was just asked for stays, whatever its size.</summary>
    public void MakeRoom(ModelSlot keep)
    {
        lock (_gate)
        {
            var bytes = _slots.Values.Sum(s => s.Bytes);
            foreach (var slot in _slots.Values.Where(s => s != keep && s.Bytes > 0).OrderBy(s => s.LastUse).ToList())
            {
                if (bytes <= Budget) return;
                bytes -= slot.Bytes;
                slot.Evict();
                LogEvicted(slot.Identity.Model, slot.Identity.Version, keep.Identity.Model, keep.Identity.Version);
            }
        }
    }

    private ModelSlot? TryShare(ModelIdentity identity)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(identity, out var slot)) return null;
            slot.Sharers++;
            return slot;
        }
    }

    [LoggerMessage(4104, LogLevel.Information, "Model {Model} version {Version} leaves the memory for {Other} version {OtherVersion}; it comes back when it is asked for")]
    private partial void LogEvicted(string model, int version, string other, int otherVersion);
}
