using MlOps.DurableTask.Functions.Invocations;

namespace MlOps.DurableTask.Functions;

/// <summary>
/// Every function of the application: the registry's orchestrators and activities, the triggers, and the routes that are passed on.
/// The one source of both the function.json files and the invocations that are answered, so that neither knows more than the other.
/// </summary>
public sealed class FunctionTable
{
    private readonly Dictionary<string, InvocationHandler?> _handlers = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FunctionDefinition> _definitions = [];

    internal FunctionTable(
        DurableTaskRegistry registry, OrchestratorInvocations orchestrators, ActivityInvocations activities,
        IEnumerable<ITriggerFunctions> triggers, IEnumerable<IHttpFunctions> http)
    {
        foreach (var name in registry.OrchestratorNames)
            Add(new(name, FunctionBindings.OrchestrationTrigger()), orchestrators.AnswerAsync);
        foreach (var name in registry.ActivityNames)
            Add(new(name, FunctionBindings.ActivityTrigger()), activities.AnswerAsync);
        foreach (var trigger in triggers.SelectMany(t => t.List()))
        {
            // Whatever an event starts, it starts through the extension: each of these functions also learns where that listens.
            Add(new(trigger.Name, trigger.Trigger, FunctionBindings.DurableClient()),
                (invocation, cancellationToken) => TriggerInvocation.AnswerAsync(trigger, invocation, cancellationToken));
        }
        foreach (var route in http.SelectMany(h => h.List()))
            Add(route, null);
        foreach (var route in _definitions.SelectMany(d => d.Bindings).Select(b => (string?)b["route"]).OfType<string>())
            RequireOutOfReach(route);
    }

    /// <summary>All functions.</summary>
    public IReadOnlyList<FunctionDefinition> Definitions => _definitions;

    /// <summary>What answers invocations of a function; the second is false where there is no such function.</summary>
    internal (InvocationHandler? Handler, bool Exists) Find(string name) =>
        _handlers.TryGetValue(name, out var handler) ? (handler, true) : (null, false);

    // A request from outside comes with the path that it was sent to. It must not be able to reach an invocation's.
    private void RequireOutOfReach(string route)
    {
        var first = route.TrimStart('/').Split('/')[0];
        if (first.Length is 0 || first.Contains('{', StringComparison.Ordinal) || _handlers.ContainsKey(first))
            throw new InvalidOperationException($"Route '{route}' would let requests from outside invoke functions: it must begin with a fixed segment that no function is named like.");
    }

    private void Add(FunctionDefinition definition, InvocationHandler? handler)
    {
        // The host compares names ignoring case, and so do some file systems.
        if (!_handlers.TryAdd(definition.Name, handler))
            throw new InvalidOperationException($"Two functions are named '{definition.Name}' (case does not count). Rename one of them.");
        _definitions.Add(definition);
    }
}
