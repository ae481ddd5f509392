using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MlOps.DurableTask.Protocol;
using MlOps.FunctionsHost.Publishing;
using MlOps.FunctionsHost.Worker;

namespace MlOps.FunctionsHost.Durable;

/// <summary>Delivers turns to orchestrator functions, and checks every action that comes back.</summary>
internal sealed class OrchestratorTurns(PublishedApp app, Invoker invoker, TimeProvider time)
{
    // entityParameters (field 5), which the extension sends along and this application has no use for.
    private static readonly byte[] s_entityParameters = [0x2a, 0x04, 0x0a, 0x02, 0x08, 0x1e];

    public async Task<OrchestratorResponse> DeliverAsync(HubInstance instance, IEnumerable<HistoryEvent> news, CancellationToken cancellationToken)
    {
        var function = app.Function(instance.Name, "orchestrationTrigger");
        var request = new OrchestratorRequest { InstanceId = instance.Id, PastEvents = { instance.History }, NewEvents = { news } };
        var work = Convert.ToBase64String([.. request.ToByteArray(), .. s_entityParameters]);
        try
        {
            var answer = await InvokeAsync(function, instance, work, cancellationToken);
            // A work item may come twice, to any machine: what it decides must be the same to the byte.
            if (await InvokeAsync(function, instance, work, cancellationToken) != answer)
                throw new HostRuleException($"{instance.Id}: orchestrator '{instance.Name}' decided differently when its turn was delivered again.");
            return Read(instance, answer);
        }
        catch (HandlerFailedException failed)
        {
            return Failed(instance, $"Function '{instance.Name}' failed with an unhandled exception.", failed);
        }
    }

    private async Task<string> InvokeAsync(PublishedFunction function, HubInstance instance, string work, CancellationToken cancellationToken)
    {
        var value = await invoker.InvokeAsync(
            function,
            new JsonObject { [function.TriggerName] = HostValues.Text(work) },
            new JsonObject { ["instanceId"] = HostValues.Text(instance.Id), ["sys"] = HostValues.System(function.Name, time) },
            cancellationToken);
        return value is JsonValue text && text.GetValueKind() is JsonValueKind.String && (string)text! is { Length: > 0 } response
            ? response
            : throw new HostRuleException($"Orchestrator '{function.Name}' returned no text.");
    }

    private OrchestratorResponse Read(HubInstance instance, string base64)
    {
        var bytes = Convert.FromBase64String(base64);
        var response = OrchestratorResponse.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        Require(response.CalculateSize() == bytes.Length, instance, "its response has fields that the protocol does not");
        Require(response.InstanceId == instance.Id, instance, $"its response is of instance '{response.InstanceId}'");
        var next = instance.NextActionId;
        foreach (var action in response.Actions)
        {
            Require(action.Id >= next, instance, $"action {action.Id} comes after {next - 1}");
            next = action.Id + 1;
            Check(instance, action);
        }

        Require(response.Actions.SkipLast(1).All(a => a.CompleteOrchestration is null), instance, "it goes on after its completion");
        return response;
    }

    private void Check(HubInstance instance, OrchestratorAction action)
    {
        switch (action.OrchestratorActionTypeCase)
        {
            case OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask:
                app.Function(action.ScheduleTask.Name, "activityTrigger");
                RequireJson(instance, action.ScheduleTask.Input);
                break;
            case OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration:
                app.Function(action.CreateSubOrchestration.Name, "orchestrationTrigger");
                Require(action.CreateSubOrchestration.InstanceId is { Length: > 0 and <= 100 }, instance, $"its sub-orchestration's id is '{action.CreateSubOrchestration.InstanceId}'");
                RequireJson(instance, action.CreateSubOrchestration.Input);
                break;
            case OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer:
                Require(action.CreateTimer.FireAt is not null, instance, "its timer has no time");
                Require(action.CreateTimer.FireAt!.ToDateTimeOffset() < time.GetUtcNow() + TimeSpan.FromDays(6), instance, "its timer is longer than Azure Storage keeps a message");
                break;
            case OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent:
                Require(action.SendEvent.Instance?.InstanceId is { Length: > 0 } && action.SendEvent.Name.Length > 0, instance, "its event has no receiver or no name");
                break;
            case OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration:
                CheckCompletion(instance, action.CompleteOrchestration);
                break;
            default:
                throw new HostRuleException($"{instance.Id}: action {action.Id} is {action.OrchestratorActionTypeCase}.");
        }
    }

    private static void CheckCompletion(HubInstance instance, CompleteOrchestrationAction completion)
    {
        Require(
            completion.OrchestrationStatus is OrchestrationStatus.Completed or OrchestrationStatus.Failed or OrchestrationStatus.Terminated or OrchestrationStatus.ContinuedAsNew,
            instance, $"it completes as {completion.OrchestrationStatus}");
        Require(completion.OrchestrationStatus is OrchestrationStatus.Failed == completion.FailureDetails is not null, instance, "failure details come with failures, and with nothing else");
        Require(completion.FailureDetails is null or { ErrorMessage.Length: > 0, ErrorType.Length: > 0 }, instance, "its failure does not say what failed");
        RequireJson(instance, completion.Result);
    }

    private static OrchestratorResponse Failed(HubInstance instance, string message, HandlerFailedException failed) => new()
    {
        InstanceId = instance.Id,
        Actions =
        {
            new OrchestratorAction
            {
                Id = instance.NextActionId,
                CompleteOrchestration = new()
                {
                    OrchestrationStatus = OrchestrationStatus.Failed,
                    FailureDetails = new() { ErrorType = "System.Net.Http.HttpRequestException", ErrorMessage = $"{message} {failed.Message}" },
                },
            },
        },
    };

    private static void RequireJson(HubInstance instance, string? payload)
    {
        try
        {
            if (payload is not null) JsonDocument.Parse(payload).Dispose();
        }
        catch (JsonException)
        {
            throw new HostRuleException($"{instance.Id}: a payload is no JSON: {payload}");
        }
    }

    private static void Require(bool holds, HubInstance instance, string problem)
    {
        if (!holds) throw new HostRuleException($"{instance.Id} ({instance.Name}): {problem}.");
    }
}
