using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Monitoring;
using MlOps.Monitoring.Logging;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Following;
using MlOps.Serving.Health;
using MlOps.Serving.Observation;
using MlOps.Serving.OpenInference;
using MlOps.Serving.Packaging;
using MlOps.Serving.Prediction;
using MlOps.Serving.Replicas;
using MlOps.Serving.Telemetry;

namespace MlOps.Serving;

/// <summary>Prediction serving inside a host.</summary>
public static class ServingServices
{
    /// <summary>Adds the endpoints and what follows their manifests.</summary>
    public static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddOptions<ServingOptions>().BindConfiguration("Serving").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<EndpointTable>()
            .AddSingleton<ModelLoader>()
            .AddSingleton<ModelShelf>()
            .AddSingleton<ServingCache>()
            .AddSingleton<ServingState>()
            .AddSingleton<Predictor>()
            .AddSingleton<AnswerObservers>()
            .AddSingleton<AnswerStatistics>()
            .AddSingleton<ReplicaName>()
            .AddSingleton<ReplicaExchange>()
            .AddHostedService(provider => provider.GetRequiredService<ReplicaExchange>())
            .AddSingleton<IAnswerObserver>(provider => provider.GetRequiredService<AnswerStatistics>())
            .AddSingleton(provider => new AnswerOrigin(
                provider.GetRequiredService<ReplicaName>().Value, () => DeviceSensors.Read(), provider.GetRequiredService<TimeProvider>()))
            .AddPredictionLog()
            .AddSingleton<IAnswerObserver, LoggedAnswers>()
            .AddSingleton<IAnswerObserver, ServingMeters>()
            .AddSingleton<PrometheusExport>()
            .AddSingleton<ReleaseStream>()
            .AddSingleton<MirrorQueue>()
            .AddHostedService(provider => provider.GetRequiredService<MirrorQueue>())
            .AddHostedService<ManifestFollower>()
            .AddHostedService<Drain>();
    }

    /// <summary>Maps the prediction API.</summary>
    public static void MapServing(this IEndpointRouteBuilder routes)
    {
        routes.MapPredict();
        routes.MapOpenInference();
        routes.MapEndpointMetrics();
        routes.MapServingHealth();
        routes.MapEndpointPackage();
        routes.MapReleaseStream();
        routes.MapTelemetry();
        // Listens from the first request on, not from the first look.
        routes.ServiceProvider.GetRequiredService<PrometheusExport>();
    }
}
