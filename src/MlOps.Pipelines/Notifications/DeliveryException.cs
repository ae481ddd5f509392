namespace MlOps.Pipelines.Notifications;

/// <summary>A target did not take a message. The text is for people: no address, no secret, nothing of what the target sent.</summary>
/// <param name="message">What happened.</param>
/// <param name="mayPass">Whether another attempt may succeed.</param>
/// <param name="silent">Whether the target gave no sign of life, so that it is better left alone for a while.</param>
internal sealed class DeliveryException(string message, bool mayPass, bool silent = false) : Exception(message)
{
    public bool MayPass { get; } = mayPass;

    public bool IsSilent { get; } = silent;
}
