using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Pipelines.Monitoring;

namespace MlOps.Pipelines.Retraining;

/// <summary>Retraining inside a host.</summary>
internal static class RetrainingServices
{
    public static IServiceCollection AddRetraining(this IServiceCollection services) => services
        .AddSingleton<RetrainingDesk>()
        .AddSingleton<IAlertSubscriber, RetrainOnAlert>();

    public static DurableTaskRegistry AddRetraining(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<RetrainingQueue>()
        .AddActivity<JudgeRetraining>();
}
