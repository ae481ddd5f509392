using Microsoft.Extensions.DependencyInjection;
using MlOps.DurableTask;

namespace MlOps.Pipelines.Approvals;

/// <summary>Approvals inside a host.</summary>
internal static class ApprovalServices
{
    public static IServiceCollection AddApprovals(this IServiceCollection services)
    {
        services.AddOptions<ApprovalOptions>().BindConfiguration("Approvals")
            .Validate(o => o.LinkKey is not { Length: > 0 } key || LinkKey.IsKey(key), "The setting Approvals:LinkKey is no base64 text of at least 32 bytes. Make one with 'openssl rand -base64 32'.")
            .ValidateOnStart();
        return services
            .AddSingleton<LinkKey>()
            .AddSingleton<ApprovalLinks>()
            .AddSingleton<ChangeAuthors>()
            .AddSingleton<FourEyes>()
            .AddSingleton<ApprovalMessenger>()
            .AddSingleton<DossierWriter>()
            .AddSingletonMadeHere<ApprovalDesk>();
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
