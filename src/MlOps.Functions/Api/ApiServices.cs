using MlOps.Core.Json;
using MlOps.Functions.Pages;
using MlOps.Functions.Webhooks;

namespace MlOps.Functions.Api;

/// <summary>The HTTP API below <c>/api</c>.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.DefaultIgnoreCondition = MlOpsJson.Compact.DefaultIgnoreCondition;
            options.SerializerOptions.NumberHandling = MlOpsJson.Compact.NumberHandling;
            foreach (var converter in MlOpsJson.Compact.Converters) options.SerializerOptions.Converters.Add(converter);
        })
        // What cannot be read becomes a problem that says why, in production too.
        .Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true)
        .AddExceptionHandler<ApiErrors>()
        .AddProblemDetails(options => options.CustomizeProblemDetails = GiveStableType)
        // A web page of another name that resolves to this machine must not reach the API.
        .AddHostFiltering(options =>
        {
            options.AllowedHosts = new List<string> { "localhost", "127.0.0.1", "[::1]" };
            options.AllowEmptyHosts = false;
        })
        .AddAuthentication()
        .AddPages()
        .AddSingleton<RunReader>()
        .AddSingleton<DatasetReader>()
        .AddSingleton<LineageReader>()
        .AddOpenApi();

    private static IServiceCollection AddAuthentication(this IServiceCollection services)
    {
        services.AddOptions<AuthenticationOptions>().BindConfiguration("Authentication");
        return services;
    }

    public static void MapApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapOpenApi();
        app.MapRuns();
        app.MapPipelines();
        app.MapRetraining();
        app.MapScoring();
        app.MapIncoming();
        app.MapStorage();
        app.MapBundles();
        app.MapModels();
        app.MapDatasets();
        app.MapOperations();
        app.MapEndpoints();
        app.MapReleases();
        app.MapPredictions();
        app.MapLabels();
        app.MapMonitors();
        app.MapAlerts();
        app.MapReports();
        app.MapApprovals();
        app.MapPages();
        app.MapNotifications();
        app.MapAudit();
        app.MapAlertWebhook();
    }

    private static void GiveStableType(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem.Type?.StartsWith("urn:mlops:", StringComparison.Ordinal) is not true)
            problem.Type = ProblemTypes.Of(problem.Status ?? context.HttpContext.Response.StatusCode);
    }
}
