using System.Globalization;
using System.Text.RegularExpressions;

namespace MlOps.Serving.Prediction;

/// <summary>When what a request asks about happens, as its caller says: the prediction log sorts by it.</summary>
internal static partial class EventTime
{
    /// <summary>What callers are told to send.</summary>
    public const string Rule = "a time stamp in ISO 8601 with its zone, such as 2001-03-02T08:15:00Z or 2001-03-02T08:15:00+01:00, from 1900 to a year from now";

    // Flights and deliveries are predicted ahead; what lies further is a wrong unit or century.
    private static readonly TimeSpan s_mostAhead = TimeSpan.FromDays(366);
    private static readonly DateTimeOffset s_earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The time in UTC; <see langword="null"/> when the text keeps not to <see cref="Rule"/>.</summary>
    public static DateTimeOffset? TryParse(string? text, DateTimeOffset now) =>
        text is { Length: <= 40 } && Format().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
        && time >= s_earliest && time <= now + s_mostAhead
            ? time
            : null;

    // The zone is required: a local time without one is another instant on every machine.
    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Format();
}
