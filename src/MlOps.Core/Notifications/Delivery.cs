using System.Text.Json.Serialization;
using MlOps.Core.Specification;

namespace MlOps.Core.Notifications;

/// <summary>A message and what became of it on each of its channels.</summary>
public sealed record NotificationRecord
{
    /// <summary>The message.</summary>
    public required Notification Message { get; init; }

    /// <summary>One a channel, in the order of the configuration.</summary>
    public required IReadOnlyList<Delivery> Deliveries { get; init; }

    /// <summary>How often a person had failed deliveries tried again.</summary>
    public int Retries { get; init; }

    /// <summary>Whether a channel has not taken it yet and is tried again.</summary>
    [JsonIgnore]
    public bool IsPending => Deliveries.Any(d => d.Status is DeliveryStatus.Pending);

    /// <summary>Whether a channel failed to take it.</summary>
    [JsonIgnore]
    public bool HasFailed => Deliveries.Any(d => d.Status is DeliveryStatus.Failed);
}

/// <summary>The way of a message through one channel.</summary>
/// <param name="Channel">The channel as it was when the message was sent; holds names of secrets, never secrets.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempts">Every attempt, oldest first.</param>
public sealed record Delivery(ChannelSpec Channel, DeliveryStatus Status, IReadOnlyList<DeliveryAttempt> Attempts);

/// <summary>One attempt to deliver.</summary>
/// <param name="At">When it began, UTC.</param>
/// <param name="Delivered">Whether the target took it.</param>
/// <param name="Detail">What the target answered, or why there was no answer; without addresses and contents.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record DeliveryAttempt(DateTimeOffset At, bool Delivered, string Detail, long Milliseconds);

/// <summary>Where a delivery stands.</summary>
public enum DeliveryStatus
{
    /// <summary>Not there yet; it is tried again.</summary>
    Pending,

    /// <summary>The target took it.</summary>
    Delivered,

    /// <summary>The target refused it, or did not take it in time.</summary>
    Failed,
}
