using System.Text;
using System.Text.Json;
using MlOps.DurableTask.Functions.Invocations;
using MlOps.DurableTask.Protocol;
using Wire = MlOps.DurableTask.Protocol.TaskFailureDetails;

namespace MlOps.DurableTask.Functions.Activities;

/// <summary>
/// How an activity ended, on its way through the extension. The host reads the body of answers that succeed only, so a failure
/// travels as a result and becomes a failure again before the orchestrator sees it, with everything that it said.
/// </summary>
/// <param name="Result">The result as JSON; <see langword="null"/> for none, or for a failure.</param>
/// <param name="Failure">Why it failed; <see langword="null"/> when it did not.</param>
internal sealed record ActivityOutcome(string? Result, Wire? Failure)
{
    private const string OkName = "ok";
    private const string FailedName = "failed";

    public static ActivityOutcome Of(ActivityResponse response) => new(response.Result, response.FailureDetails);

    /// <summary>The text that travels.</summary>
    public string Write()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (Failure is not null)
            {
                json.WritePropertyName(FailedName);
                JsonSerializer.Serialize(json, Failure.ToFailure(), PayloadSerializer.DefaultOptions);
            }
            else
            {
                json.WritePropertyName(OkName);
                json.WriteRawValue(Result ?? "null", skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Reads a text that travelled; <see langword="null"/> when it is none of ours.</summary>
    public static ActivityOutcome? TryRead(string? text)
    {
        if (BindingValue.AsObject(text) is not { } outcome) return null;
        if (outcome.TryGetProperty(FailedName, out var failed))
            return new(null, failed.Deserialize<TaskFailureDetails>(PayloadSerializer.DefaultOptions)!.ToMessage());
        return outcome.TryGetProperty(OkName, out var ok) ? new(ok.ValueKind is JsonValueKind.Null ? null : ok.GetRawText(), null) : null;
    }
}
