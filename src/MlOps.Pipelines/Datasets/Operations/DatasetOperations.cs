using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Datasets.Operations;

/// <summary>Work on datasets that may take minutes: begun with a request, done durably, asked after with others.</summary>
public sealed class DatasetOperations(DurableTaskClient client, IBlobStore blobs, AuditLog audit)
{
    private const string Prefix = "dataset-operation:";

    /// <summary>Begins to hold a version against the rules as they are now.</summary>
    /// <param name="dataset">The version.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="idempotencyKey">The same key of the same person begins once; <see langword="null"/>: each call begins.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public Task<DatasetOperation> RevalidateAsync(DatasetRecord dataset, string by, string reason, string? idempotencyKey, CancellationToken cancellationToken) =>
        StartAsync(new(IdOf(by, idempotencyKey), DatasetOperationKind.Revalidate, dataset.Name, dataset.Version, null, null, by, reason), cancellationToken);

    /// <summary>Begins to tell what changed from one version to another.</summary>
    /// <param name="from">The old version.</param>
    /// <param name="to">The new version, of the same dataset.</param>
    /// <param name="key">Columns that tell rows apart; <see langword="null"/>: those of the pipeline's first check 'unique'.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="idempotencyKey">The same key of the same person begins once; <see langword="null"/>: each call begins.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public Task<DatasetOperation> CompareAsync(
        DatasetRecord from, DatasetRecord to, IReadOnlyList<string>? key, string by, string? idempotencyKey, CancellationToken cancellationToken) =>
        StartAsync(new(IdOf(by, idempotencyKey), DatasetOperationKind.Compare, to.Name, to.Version, from.Version, key, by, ""), cancellationToken);

    /// <summary>How an operation stands; <see langword="null"/>: there is none with this id.</summary>
    public async Task<DatasetOperation?> TryGetAsync(string id, CancellationToken cancellationToken)
    {
        if (await client.GetInstanceAsync(Prefix + id, getInputsAndOutputs: true, cancellationToken) is not { } instance) return null;
        var order = instance.ReadInputAs<OperationOrder>()!;
        var status = instance.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Completed => DatasetOperationStatus.Done,
            OrchestrationRuntimeStatus.Failed => DatasetOperationStatus.Failed,
            OrchestrationRuntimeStatus.Terminated => DatasetOperationStatus.Cancelled,
            _ => DatasetOperationStatus.Running,
        };
        return new()
        {
            Id = id,
            Kind = order.Kind,
            Dataset = order.Dataset,
            Status = status,
            By = order.By,
            CreatedAt = instance.CreatedAt,
            Problem = instance.FailureDetails is { } failure ? StepRetry.RootMessage(failure) : null,
            Result = status is DatasetOperationStatus.Done ? await ReadAsync(order.ResultBlob, cancellationToken) : null,
        };
    }

    /// <summary>Stops an operation, at once where it is being worked on; one that has ended stays as it is.</summary>
    public async Task CancelAsync(DatasetOperation operation, string by, CancellationToken cancellationToken)
    {
        if (operation.Status is not DatasetOperationStatus.Running) return;
        await client.TerminateInstanceAsync(Prefix + operation.Id, $"Cancelled by {by}.", recursive: true, cancellationToken);
        await audit.AppendAsync(new(by, "operation.cancelled", $"operations/{operation.Id}", $"{operation.Kind} of dataset {operation.Dataset}.") { Key = $"operations/{operation.Id}/cancelled" }, cancellationToken);
    }

    private async Task<DatasetOperation> StartAsync(OperationOrder order, CancellationToken cancellationToken)
    {
        await client.ScheduleNewOrchestrationInstanceAsync(
            nameof(DatasetWork), order, new StartOrchestrationOptions { InstanceId = Prefix + order.Id, IdReuse = InstanceIdReuse.IgnoreIfExists }, cancellationToken);
        return (await TryGetAsync(order.Id, cancellationToken))!;
    }

    private async Task<JsonElement> ReadAsync(string blob, CancellationToken cancellationToken)
    {
        var content = await blobs.TryReadAsync(blob, cancellationToken) ?? throw new BlobNotFoundException(blob);
        return JsonSerializer.Deserialize<JsonElement>(content.Content.Span);
    }

    private static string IdOf(string by, string? idempotencyKey) => Convert.ToHexStringLower(
        idempotencyKey is null ? RandomNumberGenerator.GetBytes(8) : SHA256.HashData(Encoding.UTF8.GetBytes($"{by}\n{idempotencyKey}"))[..8]);
}
