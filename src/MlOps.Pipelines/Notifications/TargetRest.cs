using System.Collections.Concurrent;

namespace MlOps.Pipelines.Notifications;

/// <summary>
/// Leaves targets that do not answer alone for a while, so that many messages to a dead one do not wait for it one after the
/// other while messages to others queue behind them.
/// </summary>
internal sealed class TargetRest(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);

    /// <exception cref="DeliveryException">The target is left alone now.</exception>
    public void ThrowIfResting(string target)
    {
        if (_resting.TryGetValue(target, out var until) && until > time.GetUtcNow())
            throw new DeliveryException($"The target did not answer before; it is left alone until {until:u}.", mayPass: true);
    }

    public void Rest(string target, TimeSpan length) => _resting[target] = time.GetUtcNow() + length;

    public void Wake(string target) => _resting.TryRemove(target, out _);
}
