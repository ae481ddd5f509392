using System.Text.Json;
using System.Text.Json.Nodes;

namespace MlOps.FunctionsHost.Worker;

/// <summary>Values as the host puts them into an invocation.</summary>
internal static class HostValues
{
    /// <summary>Text: JSON inside a JSON string, so that it arrives quoted twice.</summary>
    public static JsonNode Text(string value) => JsonValue.Create(JsonSerializer.Serialize(value));

    /// <summary>What the host tells of every invocation.</summary>
    public static JsonObject System(string function, TimeProvider time) => new()
    {
        ["MethodName"] = function,
        ["UtcNow"] = time.GetUtcNow().UtcDateTime,
        ["RandGuid"] = Path.GetRandomFileName(),
    };
}
