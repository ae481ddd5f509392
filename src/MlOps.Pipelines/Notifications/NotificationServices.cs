using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Pipelines.Notifications.Channels;

namespace MlOps.Pipelines.Notifications;

/// <summary>Notifications inside a host.</summary>
internal static class NotificationServices
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationOptions>().BindConfiguration("Notifications").ValidateDataAnnotations()
            .Validate(o => o.Channels.All(c => c.IsUsable), "Notifications:Channels: every channel needs its kind and what that needs (webhook, teams, slack: UrlFrom; email: From and Server; outbox: nothing).")
            .Validate(o => o.Channels.DistinctBy(c => c.Name ?? c.Channel, StringComparer.Ordinal).Count() == o.Channels.Count, "Notifications:Channels: two channels have the same Name.")
            .ValidateOnStart();
        return services
            .AddSingleton<ChannelSecrets>()
            .AddSingleton<HttpDelivery>()
            .AddSingleton<EmailDelivery>()
            .AddSingleton<OutboxDelivery>()
            .AddSingleton<TargetRest>()
            .AddSingleton<NotificationRetention>()
            .AddSingletonMadeHere<Notifier>();
    }

    public static DurableTaskRegistry AddNotifications(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<NotificationDelivery>()
        .AddActivity<DeliverNotification>()
        .AddActivity<AbandonDelivery>()
        .AddActivity<PruneNotifications>();
}
