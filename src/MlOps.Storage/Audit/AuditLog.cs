using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>The log of every state change.</summary>
public sealed class AuditLog(ITableStore tables, TimeProvider time)
{
    /// <summary>Appends.</summary>
    public Task AppendAsync(AuditEvent entry, CancellationToken cancellationToken) =>
        tables.WriteJsonAsync("audit", "audit", time.GetUtcNow().Ticks.ToString("D20"), entry, cancellationToken);

    /// <summary>All, newest first.</summary>
    public Task<IReadOnlyList<AuditEvent>> ListAsync(CancellationToken cancellationToken) =>
        tables.ReadAllAsync<AuditEvent>("audit", new TableQuery { Partition = "audit", Descending = true }, cancellationToken);
}
