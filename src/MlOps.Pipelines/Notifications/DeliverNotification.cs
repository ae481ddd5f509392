using Microsoft.Extensions.Options;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.DurableTask;
using MlOps.Pipelines.Approvals;
using MlOps.Pipelines.Notifications.Channels;
using MlOps.Pipelines.Releases;
using MlOps.Storage.Approvals;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Notifications;

/// <summary>Tries once to deliver a message through one channel, and notes how it went. Run again, it sees that it was delivered.</summary>
internal sealed class DeliverNotification(
    NotificationStore notifications, HttpDelivery http, EmailDelivery email, OutboxDelivery outbox, TargetRest rest,
    ApprovalStore approvals, ApprovalLinks approvalLinks, ServingAddress address, IOptions<NotificationOptions> options, TimeProvider time)
    : TaskActivity<DeliveryTask, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, DeliveryTask input)
    {
        var cancellationToken = context.CancellationToken;
        var record = await notifications.TryGetAsync(input.Id, cancellationToken) ?? throw new NonRetriableTaskException($"There is no message '{input.Id}'.");
        var delivery = record.Deliveries.Single(d => d.Channel.Name == input.Channel);
        if (delivery.Status is not DeliveryStatus.Pending) return true;

        var (at, began) = (time.GetUtcNow(), time.GetTimestamp());
        try
        {
            await SendAsync(delivery.Channel, await WithAddressesAsync(record.Message, cancellationToken), cancellationToken);
        }
        catch (DeliveryException failure)
        {
            await notifications.RecordAttemptAsync(input.Id, input.Channel, AttemptOf(delivered: false, failure.Message), cancellationToken);
            if (failure.MayPass) throw;
            throw new NonRetriableTaskException(failure.Message, failure);
        }

        await notifications.RecordAttemptAsync(input.Id, input.Channel, AttemptOf(delivered: true, "Delivered."), cancellationToken);
        return true;

        DeliveryAttempt AttemptOf(bool delivered, string detail) => new(at, delivered, detail, (long)time.GetElapsedTime(began).TotalMilliseconds);
    }

    private async Task SendAsync(ChannelSpec channel, Notification message, CancellationToken cancellationToken)
    {
        if (channel is OutboxChannel)
        {
            await outbox.SendAsync(message, cancellationToken);
            return;
        }

        var target = $"{message.Pipeline}/{channel.Name}";
        rest.ThrowIfResting(target);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.Timeout);
        try
        {
            await (channel is EmailChannel mail ? email.SendAsync(mail, message, limit.Token) : http.SendAsync(channel, message, limit.Token));
            rest.Wake(target);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            rest.Rest(target, options.Value.Rest);
            throw new DeliveryException($"The target did not answer within {options.Value.Timeout.TotalSeconds:0.#} s.", mayPass: true, silent: true);
        }
        catch (DeliveryException failure) when (failure.IsSilent)
        {
            rest.Rest(target, options.Value.Rest);
            throw;
        }
    }

    private async Task<Notification> WithAddressesAsync(Notification message, CancellationToken cancellationToken)
    {
        var host = options.Value.PublicUrl ?? address.BaseAddress;
        var links = new List<NotificationLink>();
        foreach (var link in message.Links)
            links.Add(link with { Address = new Uri(host, await AddressOfAsync(link, message, cancellationToken)).AbsoluteUri });
        return message with { Links = links };
    }

    private async Task<string> AddressOfAsync(NotificationLink link, Notification message, CancellationToken cancellationToken) =>
        link.Approval is { } id && message.Recipient is { } recipient && approvalLinks.CanBeSent && await approvals.TryGetAsync(id, cancellationToken) is { } request
            ? approvalLinks.Create(request, recipient, message.Id)
            : link.Address;
}
