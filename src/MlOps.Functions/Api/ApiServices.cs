using MlOps.Core.Json;

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
        .AddExceptionHandler<ApiErrors>()
        .AddProblemDetails()
        .AddHostFiltering(_ => { })
        .AddSingleton<RunReader>()
        .AddSingleton<DatasetReader>()
        .AddOpenApi();

    public static void MapApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseHostFiltering();
        app.MapOpenApi();
        app.MapRuns();
        app.MapPipelines();
        app.MapModels();
        app.MapDatasets();
        app.MapEndpoints();
        app.MapApprovals();
        app.MapAudit();
    }
}
