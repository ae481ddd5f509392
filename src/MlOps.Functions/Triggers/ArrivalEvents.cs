using System.Text.Json;
using MlOps.DurableTask.Functions;
using MlOps.Pipelines.Scoring;
using MlOps.Pipelines.Triggers;

namespace MlOps.Functions.Triggers;

/// <summary>
/// Event Grid's word that a blob has arrived. One function for all pipelines and endpoints: it gets the event, not the blob, so that a file of any
/// size costs a message of 2 KiB; and a new pipeline needs no new subscription.
/// </summary>
internal sealed class ArrivalEvents(Arrivals arrivals, ScoringArrivals scoring) : ITriggerFunctions
{
    private const string BlobCreated = "Microsoft.Storage.BlobCreated";

    public IEnumerable<TriggerFunction> List() => [new("BlobArrived", FunctionBindings.EventGridTrigger(), RunAsync)];

    private async Task RunAsync(TriggerInvocation invocation, CancellationToken cancellationToken)
    {
        var arrived = invocation.ReadEvent();
        // Event Grid's own schema says eventType, CloudEvents says type.
        var type = TextOf(arrived, "eventType") ?? TextOf(arrived, "type") ?? throw new MalformedInvocationException("The event has neither 'eventType' nor 'type'.");
        var blob = BlobOf(TextOf(arrived, "subject") ?? throw new MalformedInvocationException("The event has no 'subject'."));
        if (type == BlobCreated && arrivals.PipelineOf(blob) is { } pipeline)
        {
            await arrivals.NoteAsync(pipeline, cancellationToken);
            invocation.Log($"{blob} arrived for pipeline {pipeline}.");
        }
        else if (type == BlobCreated && ScoringArrivals.EndpointOf(blob) is { } endpoint)
        {
            await scoring.NoteAsync(endpoint, cancellationToken);
            invocation.Log($"{blob} arrived to be scored by endpoint {endpoint}.");
        }
        else
        {
            invocation.Log($"{type} of {blob}: nothing to do, nobody waits for it.");
        }
    }

    private static string BlobOf(string subject) => subject.Split("/blobs/", 2) is [_, { Length: > 0 } blob]
        ? blob
        : throw new MalformedInvocationException($"'subject' is '{subject}': expected /blobServices/default/containers/<container>/blobs/<blob>.");

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
