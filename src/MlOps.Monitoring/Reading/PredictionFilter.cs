using System.Globalization;

namespace MlOps.Monitoring.Reading;

/// <summary>Which rows of the log are wanted; all conditions hold at once.</summary>
public sealed record PredictionFilter
{
    /// <summary>Event time from here on, UTC.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Event time before this, UTC.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The variant that answered.</summary>
    public string? Variant { get; init; }

    /// <summary>The version that answered.</summary>
    public int? Version { get; init; }

    /// <summary>Id of the request.</summary>
    public string? Request { get; init; }

    /// <summary>Whether a label has come.</summary>
    public bool? Labelled { get; init; }

    /// <summary>Whether a day can hold such rows.</summary>
    public bool Reaches(DateOnly day) =>
        (To is not { } to || day.ToDateTime(TimeOnly.MinValue) < to.UtcDateTime) && (From is not { } from || day.ToDateTime(TimeOnly.MinValue).AddDays(1) > from.UtcDateTime);

    /// <summary>For people: <c>from 2001-03-01T00:00:00Z, variant champion</c>; empty without conditions.</summary>
    public override string ToString()
    {
        string?[] parts =
        [
            From is { } from ? $"from {Shown(from)}" : null, To is { } to ? $"to {Shown(to)}" : null, Variant is null ? null : $"variant {Variant}",
            Version is { } version ? string.Create(CultureInfo.InvariantCulture, $"version {version}") : null, Request is null ? null : $"request {Request}",
            Labelled switch { true => "with a label", false => "without a label", null => null },
        ];
        return string.Join(", ", parts.OfType<string>());

        static string Shown(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
    }
}
