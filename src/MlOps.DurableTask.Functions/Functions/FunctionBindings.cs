using System.Text.Json.Nodes;

namespace MlOps.DurableTask.Functions;

/// <summary>The bindings that functions here have, as function.json spells them.</summary>
public static class FunctionBindings
{
    /// <summary>Name under which an orchestrator gets its work item.</summary>
    public const string OrchestratorInput = "context";

    /// <summary>Name under which an activity gets its input.</summary>
    public const string ActivityInput = "input";

    /// <summary>Name under which a function learns where the Durable Task extension listens.</summary>
    public const string DurableClientInput = "durable";

    /// <summary>The trigger of an orchestrator.</summary>
    public static JsonObject OrchestrationTrigger() => In(OrchestratorInput, "orchestrationTrigger");

    /// <summary>The trigger of an activity.</summary>
    public static JsonObject ActivityTrigger() => In(ActivityInput, "activityTrigger");

    /// <summary>Tells the function where the Durable Task extension listens.</summary>
    public static JsonObject DurableClient() => In(DurableClientInput, "durableClient");

    /// <summary>A timer.</summary>
    /// <param name="schedule">NCRONTAB with seconds, UTC; or <c>%NAME%</c>, an application setting.</param>
    public static JsonObject TimerTrigger(string schedule)
    {
        var binding = In("timer", "timerTrigger");
        binding["schedule"] = schedule;
        return binding;
    }

    /// <summary>An event of Event Grid.</summary>
    public static JsonObject EventGridTrigger() => In("event", "eventGridTrigger");

    /// <summary>Requests that the host passes on as they are: the trigger and the answer.</summary>
    /// <param name="route">Route template below the host's route prefix.</param>
    /// <param name="authLevel"><c>anonymous</c>: the application decides who may; <c>function</c>: only who has a key of the function.</param>
    /// <param name="methods">HTTP methods in lower case.</param>
    public static IReadOnlyList<JsonObject> Http(string route, string authLevel, params IReadOnlyList<string> methods)
    {
        var trigger = In("request", "httpTrigger");
        trigger["authLevel"] = authLevel;
        trigger["methods"] = new JsonArray([.. methods.Select(m => JsonValue.Create(m))]);
        trigger["route"] = route;
        return [trigger, new JsonObject { ["name"] = "$return", ["type"] = "http", ["direction"] = "out" }];
    }

    private static JsonObject In(string name, string type) => new() { ["name"] = name, ["type"] = type, ["direction"] = "in" };
}
