using System.Text;
using MlOps.Core.Notifications;
using MlOps.Core.Notifications.Formats;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Lays messages down as files: <c>outbox/&lt;yyyyMMdd-HHmmss&gt;-&lt;id&gt;.txt</c> for people, and the same as <c>.json</c>, a CloudEvent, for programs.</summary>
internal sealed class OutboxDelivery(IBlobStore blobs)
{
    public async Task SendAsync(Notification message, CancellationToken cancellationToken)
    {
        var name = $"outbox/{message.At.UtcDateTime:yyyyMMdd-HHmmss}-{message.Id}";
        await blobs.TryWriteAsync($"{name}.json", Encoding.UTF8.GetBytes(CloudEventFormat.Write(message).ToJsonString()), WriteCondition.None, cancellationToken);
        var addressee = message.Recipient is { } to ? $"To: {to}\n\n" : "";
        await blobs.TryWriteAsync($"{name}.txt", Encoding.UTF8.GetBytes(addressee + EmailFormat.Text(message)), WriteCondition.None, cancellationToken);
    }
}
