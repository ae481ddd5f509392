using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.DurableTask;
using MlOps.Pipelines.Notifications.Channels;
using MlOps.Storage.Notifications;

namespace MlOps.Pipelines.Notifications;

/// <summary>Notifications inside a host.</summary>
internal static class NotificationServices
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationOptions>().BindConfiguration("Notifications").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<ChannelSecrets>()
            .AddSingleton<HttpDelivery>()
            .AddSingleton<EmailDelivery>()
            .AddSingleton<OutboxDelivery>()
            .AddSingleton<TargetRest>()
            .AddSingleton<Notifier>(p => new(
                p.GetRequiredService<NotificationStore>(), p.GetRequiredService<DurableTaskClient>(), p.GetRequiredService<IOptions<NotificationOptions>>(),
                p.GetRequiredService<TimeProvider>()));
    }

    public static DurableTaskRegistry AddNotifications(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<NotificationDelivery>()
        .AddActivity<DeliverNotification>()
        .AddActivity<AbandonDelivery>();
}
