using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MlOps.Core.CloudEvents;

/// <summary>An event by the CloudEvents specification 1.0 whose attributes keep its rules. Source and id together name it.</summary>
public sealed partial record CloudEvent
{
    private CloudEvent(IReadOnlyDictionary<string, string> attributes, DateTimeOffset? time, JsonElement data) =>
        (Attributes, Time, Data) = (attributes, time, data);

    /// <summary>All attributes by name, extensions too, in their canonical form as text.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>Names the event within its source; not empty.</summary>
    public string Id => Attributes["id"];

    /// <summary>Where it happened: a URI reference.</summary>
    public string Source => Attributes["source"];

    /// <summary>What kind of event it is; not empty.</summary>
    public string Type => Attributes["type"];

    /// <summary>What of the source it is about; <see langword="null"/>: not said.</summary>
    public string? Subject => Attributes.GetValueOrDefault("subject");

    /// <summary>When it happened; <see langword="null"/>: not said.</summary>
    public DateTimeOffset? Time { get; }

    /// <summary>Its data, where they are JSON; otherwise undefined.</summary>
    public JsonElement Data { get; }

    /// <summary>Makes an event of what came over the wire.</summary>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="data">Its data where they are JSON, else <see langword="default"/>.</param>
    /// <param name="place">Where an attribute came from, for messages: <c>header 'ce-id'</c>.</param>
    /// <exception cref="CloudEventException">An attribute is missing or breaks its rule.</exception>
    internal static CloudEvent Create(IReadOnlyDictionary<string, string> attributes, JsonElement data, Func<string, string> place)
    {
        foreach (var (name, value) in attributes)
        {
            if (!AttributeName().IsMatch(name)) throw new CloudEventException($"{place(name)} is no attribute's name: those have lower-case letters a to z and digits only.");
            if (value.Any(c => char.IsControl(c) || c is '\uFFFE' or '\uFFFF')) throw new CloudEventException($"{place(name)} holds a control character.");
        }

        if (attributes.GetValueOrDefault("specversion") is var version && version is not "1.0")
            throw new CloudEventException(version is null ? $"{place("specversion")} is missing: expected '1.0'." : $"{place("specversion")} is '{version}': expected '1.0'.");
        foreach (var required in new[] { "id", "source", "type" })
        {
            if (!attributes.ContainsKey(required)) throw new CloudEventException($"{place(required)} is missing.");
        }

        foreach (var (name, (holds, expected)) in Rules)
        {
            if (attributes.TryGetValue(name, out var value) && !holds(value)) throw new CloudEventException($"{place(name)} is '{value}': expected {expected}.");
        }

        return new(attributes, attributes.TryGetValue("time", out var time) ? TryReadTime(time) : null, data);
    }

    /// <summary>Whether a content type says that data are JSON: <c>*/json</c> or <c>*/*+json</c>.</summary>
    internal static bool IsJson(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType is { } media
        && (media.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static IReadOnlyDictionary<string, (Func<string, bool> Holds, string Expected)> Rules { get; } = new Dictionary<string, (Func<string, bool>, string)>(StringComparer.Ordinal)
    {
        ["id"] = (v => v.Length > 0, "a text that is not empty"),
        ["type"] = (v => v.Length > 0, "a text that is not empty"),
        ["subject"] = (v => v.Length > 0, "a text that is not empty, or no subject"),
        ["source"] = (v => v.Length > 0 && Uri.IsWellFormedUriString(v, UriKind.RelativeOrAbsolute), "a URI reference such as /monitors/latency"),
        ["dataschema"] = (v => Uri.IsWellFormedUriString(v, UriKind.Absolute), "a URI"),
        ["datacontenttype"] = (v => MediaTypeHeaderValue.TryParse(v, out _), "a media type such as application/json"),
        ["time"] = (v => TryReadTime(v) is not null, "a time by RFC 3339 such as 2026-03-01T06:00:00Z"),
    };

    private static DateTimeOffset? TryReadTime(string text) =>
        Timestamp().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    [GeneratedRegex(@"^[a-z0-9]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AttributeName();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Timestamp();
}

/// <summary>What came is no CloudEvent 1.0: the message names the header or member, its value and the rule.</summary>
public sealed class CloudEventException(string problem, Exception? cause = null) : Exception(problem, cause);
