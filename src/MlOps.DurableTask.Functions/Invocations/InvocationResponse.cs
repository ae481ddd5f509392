using System.Text.Json.Serialization;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>What a custom handler answers to the host.</summary>
/// <param name="ReturnValue">Text that the trigger's extension reads; <see langword="null"/> where it expects none.</param>
/// <param name="Logs">Lines for the invocation's log.</param>
internal sealed record InvocationResponse(
    [property: JsonPropertyName("ReturnValue")] string? ReturnValue, [property: JsonPropertyName("Logs")] IReadOnlyList<string> Logs)
{
    /// <summary>Values of output bindings. No function here has one: results are written by the functions themselves, under conditions.</summary>
    [JsonPropertyName("Outputs")]
    public IReadOnlyDictionary<string, string> Outputs { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
