using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MlOps.Storage.Azure.Connection;

/// <summary>Counts what the account is billed for: each try of a request is one transaction, whatever its answer.</summary>
/// <remarks>Meter <c>MlOps.Storage</c>, counter <c>mlops.storage.transactions</c>, tags <c>operation</c> (<c>blob.put</c>, <c>table.query</c>) and <c>status</c>.</remarks>
internal sealed class TransactionCounter : HttpPipelinePolicy
{
    private static readonly Meter s_meter = new("MlOps.Storage");
    private static readonly Counter<long> s_transactions = s_meter.CreateCounter<long>("mlops.storage.transactions", "{transaction}", "Requests sent to Azure Storage");

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            ProcessNext(message, pipeline);
        }
        finally
        {
            Count(message);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        finally
        {
            Count(message);
        }
    }

    private static void Count(HttpMessage message) => s_transactions.Add(
        1,
        new KeyValuePair<string, object?>("operation", StorageService.OperationOf(message)),
        new KeyValuePair<string, object?>("status", message.HasResponse ? message.Response.Status : 0));
}
