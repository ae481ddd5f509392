using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Notifications;

/// <summary>A message and the channels that it goes through.</summary>
/// <param name="Id">Id of the message.</param>
/// <param name="Channels">Names of the channels.</param>
/// <param name="Attempts">How often each is tried.</param>
/// <param name="FirstRetry">Wait after the first attempt.</param>
internal sealed record DeliveryPlan(string Id, IReadOnlyList<string> Channels, int Attempts, TimeSpan FirstRetry);

/// <summary>One message through one channel.</summary>
internal sealed record DeliveryTask(string Id, string Channel);

/// <summary>Delivers a message through all of its channels at once; one that fails is tried again over hours and delays no other.</summary>
internal sealed class NotificationDelivery : TaskOrchestrator<DeliveryPlan, int>
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(12);

    /// <summary>How many channels took it.</summary>
    public override async Task<int> RunAsync(TaskOrchestrationContext context, DeliveryPlan input)
    {
        var retry = new TaskOptions(new RetryPolicy(input.Attempts, input.FirstRetry, backoffCoefficient: 4, maxRetryInterval: s_longestWait));
        var delivered = await Task.WhenAll(input.Channels.Select(channel => DeliverAsync(context, new(input.Id, channel), retry)));
        await context.CallActivityAsync(nameof(PruneNotifications), context.InstanceId, StepRetry.Options);
        return delivered.Count(d => d);
    }

    private static async Task<bool> DeliverAsync(TaskOrchestrationContext context, DeliveryTask task, TaskOptions retry)
    {
        try
        {
            await context.CallActivityAsync(nameof(DeliverNotification), task, retry);
            return true;
        }
        catch (TaskFailedException)
        {
            // Every attempt was noted with its reason; this notes that there will be no further one.
            await context.CallActivityAsync(nameof(AbandonDelivery), task, StepRetry.Options);
            return false;
        }
    }
}
