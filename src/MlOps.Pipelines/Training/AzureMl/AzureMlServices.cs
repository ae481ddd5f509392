using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>Training on Azure Machine Learning inside a host.</summary>
internal static class AzureMlServices
{
    public static IServiceCollection AddAzureMl(this IServiceCollection services)
    {
        services.AddOptions<AzureMlOptions>().BindConfiguration("AzureMl").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton<TrialCode>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<AzureMlClient>(
                provider, CreatePipeline(provider.GetRequiredService<IOptions<AzureMlOptions>>().Value.Endpoint)));
    }

    public static DurableTaskRegistry AddAzureMl(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<TrainOnAzureMl>()
        .AddActivity<SubmitTrainingJob>()
        .AddActivity<PollTrainingJob>()
        .AddActivity<CollectTrial>()
        .AddActivity<CancelTrainingJobs>();

    /// <summary>With the identity that this process has. A stand-in on this machine, over plain HTTP, is never told a token.</summary>
    private static HttpPipeline CreatePipeline(Uri endpoint) => endpoint is { Scheme: "http", IsLoopback: true }
        ? HttpPipelineBuilder.Build(new ArmClientOptions())
        : HttpPipelineBuilder.Build(new ArmClientOptions(), new BearerTokenAuthenticationPolicy(new DefaultAzureCredential(), "https://management.azure.com/.default"));

    private sealed class ArmClientOptions : ClientOptions
    {
    }
}
