using System.Text.Json;
using Microsoft.Net.Http.Headers;
using MlOps.Core.CloudEvents;
using MlOps.Functions.Api;

namespace MlOps.Functions.Webhooks;

/// <summary>A request that brings CloudEvents, in one of the modes of the HTTP protocol binding: structured, batched or binary.</summary>
internal static class CloudEventRequest
{
    private const string MediaTypes = "application/cloudevents";

    /// <summary>Reads its events.</summary>
    /// <returns><see langword="null"/>: it brings something else, and its body is not read yet.</returns>
    /// <exception cref="CloudEventException">It brings an event that breaks a rule.</exception>
    /// <exception cref="ApiException">It brings events in a format that nobody here reads.</exception>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    public static async Task<IReadOnlyList<CloudEvent>?> TryReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        if (Is(CloudEventJson.ContentType)) return [CloudEventJson.Read(await JsonAsync())];
        if (Is(CloudEventJson.BatchContentType)) return CloudEventJson.ReadBatch(await JsonAsync());
        if (type?.MediaType.StartsWith(MediaTypes, StringComparison.OrdinalIgnoreCase) is true) throw Unsupported("no format of events that is read here");
        return CloudEventHeaders.Announce(request.Headers.Keys) ? [await BinaryAsync(request, cancellationToken)] : null;

        bool Is(string media) => type?.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase) is true;

        ValueTask<JsonElement> JsonAsync() => type!.Charset.Length is 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? JsonSerializer.DeserializeAsync<JsonElement>(request.Body, JsonSerializerOptions.Web, cancellationToken)
            : throw Unsupported("of a charset that is not UTF-8");

        ApiException Unsupported(string problem) => new(415, "unsupported-media-type", "The event cannot be read",
            $"'Content-Type' is '{request.ContentType}', {problem}: send {CloudEventJson.ContentType}, {CloudEventJson.BatchContentType}, or the attributes as ce- headers.");
    }

    private static async Task<CloudEvent> BinaryAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var headers = request.Headers.SelectMany(h => h.Value.Select(v => KeyValuePair.Create(h.Key, v ?? "")));
        return CloudEventHeaders.Read(headers, request.ContentType, body.GetBuffer().AsSpan(0, (int)body.Length));
    }
}
