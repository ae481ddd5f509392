using System.Text.Json;
using MlOps.DurableTask.Functions.Invocations;

namespace MlOps.DurableTask.Functions;

/// <summary>One event that a trigger function is told of.</summary>
public sealed class TriggerInvocation
{
    private readonly InvocationRequest _request;
    private readonly string _trigger;
    private readonly List<string> _lines = [];

    private TriggerInvocation(InvocationRequest request, string trigger) => (_request, _trigger) = (request, trigger);

    /// <summary>What the trigger delivers.</summary>
    /// <exception cref="MalformedInvocationException">It is no object.</exception>
    public JsonElement ReadEvent() => _request.Object(_trigger);

    /// <summary>Adds a line to the invocation's log, which the host keeps with the function's telemetry.</summary>
    public void Log(string line) => _lines.Add(line);

    internal static async Task<InvocationResponse> AnswerAsync(TriggerFunction function, InvocationRequest request, CancellationToken cancellationToken)
    {
        var invocation = new TriggerInvocation(request, (string)function.Trigger["name"]!);
        await function.RunAsync(invocation, cancellationToken);
        return new(null, invocation._lines);
    }
}
