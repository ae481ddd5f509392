using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MlOps.Core.Releases;

/// <summary>Days of the week and a time of day in which versions may be given more traffic: <c>MON-THU 09:00-16:00</c>.</summary>
/// <param name="Text">As written.</param>
/// <param name="Days">The days on which it opens.</param>
/// <param name="From">Opens, since midnight.</param>
/// <param name="To">Closes, since midnight; not after <paramref name="From"/>: on the day after.</param>
public sealed partial record ReleaseWindow(string Text, IReadOnlyList<DayOfWeek> Days, TimeSpan From, TimeSpan To)
{
    private static readonly string[] s_names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>How a window is written, to end a sentence.</summary>
    public const string Form = "days and a time of day, such as \"MON-THU 09:00-16:00\" or \"SAT,SUN 22:00-04:00\"";

    /// <summary>Reads a window.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ReleaseWindow? window)
    {
        window = null;
        if (!Shape().IsMatch(text)) return false;
        var parts = text.Split(' ');
        var times = parts[1].Split('-');
        var (from, to) = (TimeOf(times[0]), TimeOf(times[1]));
        if (from == to) return false;
        window = new(text, [.. parts[0].Split(',').SelectMany(DaysOf).Distinct()], from, to);
        return true;
    }

    /// <summary>Whether it is open at a local time.</summary>
    public bool Contains(DateTime local) => Openings(DateOnly.FromDateTime(local)).Any(o => o.From <= local && local < o.To);

    /// <summary>The openings that touch a day or begin on it: that of the evening before, and its own.</summary>
    internal IEnumerable<(DateTime From, DateTime To)> Openings(DateOnly day) =>
        new[] { day.AddDays(-1), day }.Where(d => Days.Contains(d.DayOfWeek)).Select(d => d.ToDateTime(TimeOnly.MinValue))
            .Select(midnight => (midnight + From, midnight + To + (To <= From ? TimeSpan.FromDays(1) : TimeSpan.Zero)));

    private static IEnumerable<DayOfWeek> DaysOf(string part)
    {
        var ends = part.Split('-').Select(n => Array.IndexOf(s_names, n)).ToList();
        // FRI-MON goes over the weekend.
        for (var day = ends[0]; ; day = (day + 1) % 7)
        {
            yield return (DayOfWeek)day;
            if (day == ends[^1]) yield break;
        }
    }

    private static TimeSpan TimeOf(string text) => TimeSpan.FromHours(int.Parse(text[..2], CultureInfo.InvariantCulture)) + TimeSpan.FromMinutes(int.Parse(text[3..], CultureInfo.InvariantCulture));

    private const string Day = "(MON|TUE|WED|THU|FRI|SAT|SUN)";

    [GeneratedRegex($@"^{Day}(-{Day})?(,{Day}(-{Day})?)* ([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shape();
}

/// <summary>Days on which no version is given more traffic: <c>2026-12-20..2027-01-02</c>.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public sealed record FreezePeriod(DateOnly From, DateOnly To)
{
    /// <summary>How a freeze is written, to end a sentence.</summary>
    public const string Form = "a day or two with their years, such as \"2026-12-24\" or \"2026-12-20..2027-01-02\"";

    /// <summary>Reads a freeze.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out FreezePeriod? freeze)
    {
        freeze = null;
        var ends = text.Split("..");
        if (ends.Length > 2 || !TryParseDay(ends[0], out var from) || !TryParseDay(ends[^1], out var to) || to < from) return false;
        freeze = new(from, to);
        return true;
    }

    private static bool TryParseDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
