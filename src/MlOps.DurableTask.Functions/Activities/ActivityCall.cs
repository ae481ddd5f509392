using System.Text;
using System.Text.Json;
using MlOps.DurableTask.Functions.Invocations;

namespace MlOps.DurableTask.Functions.Activities;

/// <summary>
/// An activity's input on its way through the extension. The extension delivers input and instance, but not which call it is; so
/// that an activity still knows its idempotency key, the call travels inside the input.
/// </summary>
/// <param name="TaskId">Sequence number of the call in its orchestration's history.</param>
/// <param name="Key">The idempotency key.</param>
/// <param name="Input">What the orchestrator passed, as JSON; <see langword="null"/> for nothing.</param>
internal sealed record ActivityCall(int TaskId, string Key, string? Input)
{
    private const string TaskIdName = "taskId";
    private const string KeyName = "key";
    private const string InputName = "input";

    /// <summary>The text that travels.</summary>
    public string Write()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber(TaskIdName, TaskId);
            json.WriteString(KeyName, Key);
            if (Input is not null)
            {
                json.WritePropertyName(InputName);
                // As it is, character by character: replay compares it with what the code passes.
                json.WriteRawValue(Input, skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Reads a text that travelled; <see langword="null"/> when it is none of ours.</summary>
    public static ActivityCall? TryRead(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Object } call
        && call.TryGetProperty(TaskIdName, out var taskId) && taskId.ValueKind is JsonValueKind.Number && taskId.TryGetInt32(out var id)
        && call.TryGetProperty(KeyName, out var key) && key.ValueKind is JsonValueKind.String
            ? new(id, key.GetString()!, call.TryGetProperty(InputName, out var input) ? input.GetRawText() : null)
            : null;

    /// <inheritdoc cref="TryRead(JsonElement?)"/>
    public static ActivityCall? TryRead(string? text) => TryRead(BindingValue.AsObject(text));
}
