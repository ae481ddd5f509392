using System.Text.Json.Nodes;

namespace MlOps.DurableTask.Functions;

/// <summary>A function that an event outside starts: a timer, a message, an arrived blob.</summary>
/// <param name="Name">Its name; see <see cref="FunctionDefinition"/>.</param>
/// <param name="Trigger">The trigger's binding.</param>
/// <param name="RunAsync">Does the work. It may be told of the same event twice. An exception fails the invocation; the host tries again as its trigger does.</param>
public sealed record TriggerFunction(string Name, JsonObject Trigger, Func<TriggerInvocation, CancellationToken, Task> RunAsync);

/// <summary>What part of an application reacts to events outside. Asked at publish, for the function.json files, and at start: the answers must agree.</summary>
public interface ITriggerFunctions
{
    /// <summary>Its functions.</summary>
    IEnumerable<TriggerFunction> List();
}

/// <summary>Requests that the host passes on raw, to be answered by the application's own endpoints.</summary>
public interface IHttpFunctions
{
    /// <summary>Their functions; each has an HTTP trigger and an HTTP output and nothing else.</summary>
    IEnumerable<FunctionDefinition> List();
}
