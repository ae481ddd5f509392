using Microsoft.Extensions.Configuration;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Secrets by the names that configurations give them: environment variables, or application settings.</summary>
internal sealed class ChannelSecrets(IConfiguration configuration)
{
    /// <exception cref="DeliveryException">There is no such variable. Setting it may help, so it may pass.</exception>
    public string Find(string name) => configuration[name] is { Length: > 0 } secret
        ? secret
        : throw new DeliveryException($"The environment variable {name} is not set. Set it where the host starts, and start it again.", mayPass: true);
}
