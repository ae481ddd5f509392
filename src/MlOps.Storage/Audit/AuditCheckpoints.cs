using System.Globalization;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>The signed checkpoints of the log.</summary>
/// <remarks>Table <c>audit</c>, partition <c>checkpoints</c>, row = sequence number in 19 digits.</remarks>
internal sealed class AuditCheckpoints(ITableStore tables)
{
    private const string Checkpoints = "checkpoints";

    /// <summary>Adds a checkpoint, unless the entry has one.</summary>
    public Task<AuditCheckpoint> AddAsync(AuditCheckpoint checkpoint, CancellationToken cancellationToken) =>
        tables.CreateOrReadJsonAsync(AuditLog.Table, Checkpoints, checkpoint.Sequence.ToString("D19", CultureInfo.InvariantCulture), checkpoint, cancellationToken);

    /// <summary>All of them, oldest first.</summary>
    public Task<IReadOnlyList<AuditCheckpoint>> ListAsync(CancellationToken cancellationToken) =>
        tables.ReadAllAsync<AuditCheckpoint>(AuditLog.Table, new TableQuery { Partition = Checkpoints }, cancellationToken);
}
