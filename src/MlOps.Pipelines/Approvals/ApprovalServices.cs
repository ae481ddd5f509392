using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;
using MlOps.Storage.Approvals;

namespace MlOps.Pipelines.Approvals;

/// <summary>Approvals inside a host.</summary>
internal static class ApprovalServices
{
    public static IServiceCollection AddApprovals(this IServiceCollection services) => services
        .AddSingleton<ChangeAuthors>()
        .AddSingleton<FourEyes>()
        .AddSingleton<ApprovalMessenger>()
        .AddSingleton<ApprovalDesk>(p => new(p.GetRequiredService<ApprovalStore>(), p.GetRequiredService<ApprovalMessenger>(), p.GetRequiredService<DurableTaskClient>()));

    public static DurableTaskRegistry AddApprovals(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<Approval>()
        .AddActivity<RequestApproval>()
        .AddActivity<RemindApprovers>()
        .AddActivity<EscalateApproval>()
        .AddActivity<CloseApproval>();
}
