using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using MlOps.Pipelines.Notifications;

namespace MlOps.Functions.Pages;

/// <summary>Pages for people, beside the API.</summary>
internal static class PageServices
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        // Where links in messages lead, the host must answer.
        services.AddOptions<HostFilteringOptions>().PostConfigure<IOptions<NotificationOptions>>((filter, notifications) =>
        {
            if (notifications.Value.PublicUrl is { } address) filter.AllowedHosts.Add(address.Host);
        });
        return services.AddSingleton<FormGuard>().AddSingleton<ApprovalPages>();
    }

    public static void MapPages(this IEndpointRouteBuilder routes) => ApprovalPages.Map(routes);
}
