using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>Approvals inside a host.</summary>
internal static class ApprovalServices
{
    public static IServiceCollection AddApprovals(this IServiceCollection services)
    {
        services.AddOptions<ApprovalLinkOptions>().BindConfiguration("Approvals");
        return services
            .AddSingleton<LinkKey>()
            .AddSingleton<ApprovalLinks>()
            .AddSingleton<ChangeAuthors>()
            .AddSingleton<FourEyes>()
            .AddSingleton<ApprovalMessenger>()
            .AddSingleton<DossierWriter>()
            .AddSingleton<ApprovalDesk>(p => new(p.GetRequiredService<ApprovalStore>(), p.GetRequiredService<ApprovalMessenger>(), p.GetRequiredService<DurableTaskClient>()));
    }

    public static DurableTaskRegistry AddApprovals(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<Approval>()
        .AddActivity<RequestApproval>()
        .AddActivity<PrepareDossier>()
        .AddActivity<AskApprovers>()
        .AddActivity<RemindApprovers>()
        .AddActivity<EscalateApproval>()
        .AddActivity<CloseApproval>();
}
