using System.Text.Json;

namespace MlOps.DurableTask.Functions.Invocations;

/// <summary>Answers an invocation: what the function returns to the host.</summary>
internal delegate Task<InvocationResponse> InvocationHandler(InvocationRequest request, CancellationToken cancellationToken);

/// <summary>What the Functions host sends to a custom handler: the values of the bindings, and what it knows of the trigger.</summary>
internal sealed class InvocationRequest
{
    private readonly JsonElement _data;
    private readonly JsonElement _metadata;

    private InvocationRequest(string function, string invocationId, JsonElement data, JsonElement metadata) =>
        (Function, InvocationId, _data, _metadata) = (function, invocationId, data, metadata);

    /// <summary>The function that is invoked.</summary>
    public string Function { get; }

    /// <summary>The host's name of the invocation; for logs.</summary>
    public string InvocationId { get; }

    /// <summary>Reads the body of an invocation.</summary>
    /// <exception cref="MalformedInvocationException">It is not what the host sends.</exception>
    public static async Task<InvocationRequest> ReadAsync(string function, string invocationId, Stream body, CancellationToken cancellationToken)
    {
        JsonElement root;
        try
        {
            root = await JsonSerializer.DeserializeAsync<JsonElement>(body, JsonSerializerOptions.Default, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new MalformedInvocationException($"The body is no JSON: {e.Message}", e);
        }
        if (root.ValueKind is not JsonValueKind.Object || !root.TryGetProperty("Data", out var data) || data.ValueKind is not JsonValueKind.Object)
            throw new MalformedInvocationException("The body has no object 'Data': the host sends {\"Data\":{…},\"Metadata\":{…}}.");
        root.TryGetProperty("Metadata", out var metadata);
        return new(function, invocationId, data, metadata);
    }

    /// <summary>A binding's value that is text; the host writes text as JSON within JSON.</summary>
    /// <exception cref="MalformedInvocationException">There is none.</exception>
    public string Text(string binding) =>
        BindingValue.AsText(Find(_data, binding)) is { Length: > 0 } text ? text : throw new MalformedInvocationException($"'Data.{binding}' is missing or empty.");

    /// <summary>A binding's value that is an object.</summary>
    /// <exception cref="MalformedInvocationException">There is none.</exception>
    public JsonElement Object(string binding) =>
        TryObject(binding) ?? throw new MalformedInvocationException($"'Data.{binding}' is missing or no object.");

    /// <summary>A binding's value that is an object; <see langword="null"/> where there is none.</summary>
    public JsonElement? TryObject(string binding) => BindingValue.AsObject(Find(_data, binding));

    /// <summary>What the host knows of the trigger, as text; <see langword="null"/> where it does not say.</summary>
    public string? MetadataText(string name) => BindingValue.AsText(Find(_metadata, name));

    private static JsonElement Find(JsonElement element, string name)
    {
        if (element.ValueKind is not JsonValueKind.Object) return default;
        foreach (var property in element.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)) return property.Value;
        }
        return default;
    }
}
