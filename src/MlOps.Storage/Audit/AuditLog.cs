using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>The log of every state change.</summary>
public sealed class AuditLog(ITableStore tables, TimeProvider time)
{
    /// <summary>Appends.</summary>
    public Task AppendAsync(AuditEvent entry, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync("audit", "audit", time.GetUtcNow().Ticks.ToString("D20"), entry, cancellationToken);
}
