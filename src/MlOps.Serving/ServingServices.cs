using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Prediction;

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
            .AddHostedService<ManifestFollower>();
    }

    /// <summary>Maps the prediction API.</summary>
    public static void MapServing(this IEndpointRouteBuilder routes) => routes.MapPredict();
}
