using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using MlOps.Pipelines.Notifications;

namespace MlOps.Functions.Pages;

/// <summary>Pages for people, beside the API.</summary>
internal static class PageServices
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        // Azure tells its applications their name.
        services.AddOptions<NotificationOptions>().PostConfigure<IConfiguration>((notifications, configuration) =>
        {
            if (configuration["WEBSITE_HOSTNAME"] is { Length: > 0 } name && !name.StartsWith("localhost", StringComparison.Ordinal))
                notifications.PublicUrl ??= new Uri($"https://{name}/");
        });
        // Where links in messages lead, the host must answer.
        services.AddOptions<HostFilteringOptions>().PostConfigure<IOptions<NotificationOptions>>((filter, notifications) =>
        {
            if (notifications.Value.PublicUrl is { } address) filter.AllowedHosts.Add(address.Host);
        });
        return services.AddSingleton<FormGuard>().AddSingleton<ApprovalPages>();
    }

    public static void MapPages(this IEndpointRouteBuilder routes) => ApprovalPages.Map(routes);
}
