using System.Globalization;
using System.Text.Json;
using MlOps.Core.CloudEvents;
using MlOps.Core.Monitoring;
using MlOps.Functions.Api;
using MlOps.Pipelines.Monitoring;

namespace MlOps.Functions.Webhooks;

/// <summary>
/// Reads alerts in the three shapes that Azure sends: Azure Monitor's common alert schema, events in Event Grid's own schema, and CloudEvents
/// 1.0; the last two with a common alert, or anything else, as their data.
/// </summary>
internal static class AlertDocuments
{
    private const string CommonSchema = "azureMonitorCommonAlertSchema";
    private const int MostId = 1024;

    /// <summary>Event Grid's question whether this address wants its events.</summary>
    public const string Handshake = "Microsoft.EventGrid.SubscriptionValidationEvent";

    /// <summary>The code that Event Grid wants to hear; <see langword="null"/> when the document is no handshake.</summary>
    public static string? HandshakeCode(JsonElement document) =>
        Events(document).Where(e => TextOf(e, "eventType") == Handshake).Select(e => TextOf(Of(e, "data"), "validationCode")).FirstOrDefault();

    /// <summary>The alerts of a document.</summary>
    /// <exception cref="ApiException">It has none of the shapes.</exception>
    public static IReadOnlyList<ExternalAlert> Read(JsonElement document) => [.. Events(document).Select(ReadOne)];

    /// <summary>The alert that an event tells of.</summary>
    /// <exception cref="ApiException">Its data say that they are a common alert and are none, or the event says not since when.</exception>
    public static ExternalAlert Read(CloudEvent told)
    {
        if (IsCommon(told.Data)) return ReadCommon(told.Data);
        // An event is named by its source and its id.
        var id = $"{told.Source}#{told.Id}";
        if (id.Length > MostId) throw Unreadable($"'source' and 'id' of the event are longer than {MostId:N0} characters together.");
        return new(
            id, told.Type, SeverityOf(TextOf(told.Data, "severity")), Fired: true,
            told.Time ?? throw Unreadable("the event has no 'time' (in binary mode: header 'ce-time'), which says since when."),
            TextOf(told.Data, "description") ?? $"{told.Type} {told.Subject ?? told.Source}");
    }

    // Event Grid sends arrays.
    private static JsonElement[] Events(JsonElement document) =>
        document.ValueKind is JsonValueKind.Array ? [.. document.EnumerateArray()] : [document];

    private static ExternalAlert ReadOne(JsonElement element)
    {
        if (IsCommon(element)) return ReadCommon(element);
        if (TextOf(element, "specversion") is not null) return Read(CloudEventJson.Read(element));
        var type = TextOf(element, "eventType") ?? throw Unreadable(
            "it is neither of the common alert schema ('schemaId': 'azureMonitorCommonAlertSchema') nor an event ('eventType', or 'specversion' and 'type').");
        var data = Of(element, "data");
        if (IsCommon(data)) return ReadCommon(data);
        return new(
            Required(element, "id"), type, SeverityOf(TextOf(data, "severity")), Fired: true, TimeOf(TextOf(element, "eventTime"), "eventTime"),
            TextOf(data, "description") ?? $"{type} {TextOf(element, "subject")}".TrimEnd());
    }

    private static bool IsCommon(JsonElement element) => TextOf(element, "schemaId") == CommonSchema;

    private static ExternalAlert ReadCommon(JsonElement alert)
    {
        var essentials = Of(Of(alert, "data"), "essentials");
        if (essentials.ValueKind is not JsonValueKind.Object) throw Unreadable("'data.essentials' is missing.");
        var rule = Required(essentials, "alertRule");
        var condition = Required(essentials, "monitorCondition");
        return new(
            Required(essentials, "alertId"), rule, SeverityOf(TextOf(essentials, "severity")),
            condition switch
            {
                "Fired" => true,
                "Resolved" => false,
                _ => throw Unreadable($"'monitorCondition' is '{condition}': expected 'Fired' or 'Resolved'."),
            },
            TimeOf(TextOf(essentials, "firedDateTime"), "firedDateTime"),
            TextOf(essentials, "description") is { Length: > 0 } description ? $"{rule}: {description}" : rule);
    }

    // Sev0 is critical, Sev4 verbose.
    private static AlertSeverity SeverityOf(string? text) => text switch
    {
        "Sev0" or "Sev1" => AlertSeverity.Critical,
        "Sev3" or "Sev4" => AlertSeverity.Info,
        _ => AlertSeverity.Warning,
    };

    private static DateTimeOffset TimeOf(string? text, string name) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Unreadable($"'{name}' is '{text}': expected a time such as 2026-03-01T06:00:00Z.");

    private static string Required(JsonElement element, string name) =>
        TextOf(element, name) is { Length: > 0 and <= MostId } text ? text : throw Unreadable($"'{name}' is missing, or longer than {MostId:N0} characters.");

    private static JsonElement Of(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static string? TextOf(JsonElement element, string name) => Of(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static ApiException Unreadable(string problem) => ApiException.Invalid($"The alert cannot be read: {problem}");
}
