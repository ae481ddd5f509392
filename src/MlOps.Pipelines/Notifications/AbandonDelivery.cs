using MlOps.DurableTask;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Notifications;

/// <summary>Notes that a channel never took a message. Safe to run again: what is delivered or given up stays so.</summary>
internal sealed class AbandonDelivery(NotificationStore notifications) : TaskActivity<DeliveryTask, bool>
{
    public override async Task<bool> RunAsync(TaskActivityContext context, DeliveryTask input)
    {
        await notifications.FailAsync(input.Id, input.Channel, context.CancellationToken);
        return true;
    }
}
