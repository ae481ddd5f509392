using System.Globalization;
using System.Net;
using System.Text;

namespace MlOps.Monitoring.Reports;

/// <summary>A time series as inline SVG that scales to its place: its line, its interval, its limit, and the windows that break it.</summary>
internal static class LineChart
{
    private const double Width = 400;
    private const double Height = 170;
    private const double Left = 46;
    private const double Right = 12;
    private const double Top = 10;
    private const double Bottom = 24;
    private const int MostDots = 60;

    /// <summary>Draws a series.</summary>
    /// <param name="series">Values in the order of time, at least one of them a number.</param>
    /// <param name="description">What the chart shows, for those who cannot see it.</param>
    public static string Render(IReadOnlyList<ChartPoint> series, string description)
    {
        var points = series.Where(p => double.IsFinite(p.Value)).ToList();
        var scale = Scale.Of(points);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(description)}\">");
        AppendAxes(svg, points, scale);
        AppendBand(svg, points, scale);
        AppendLimit(svg, points, scale);
        svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line\" points=\"{string.Join(' ', points.Select(p => scale.At(p.At, p.Value)))}\"/>");
        foreach (var point in points.Where(p => p.Breached || points.Count <= MostDots))
        {
            var place = scale.At(point.At, point.Value).Split(',');
            svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"{(point.Breached ? "bad" : "dot")}\" cx=\"{place[0]}\" cy=\"{place[1]}\" r=\"{(point.Breached ? 5 : 3)}\"><title>{Text(point.Tip)}</title></circle>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static void AppendAxes(StringBuilder svg, List<ChartPoint> points, Scale scale)
    {
        foreach (var value in AxisTicks.Between(scale.Min, scale.Max, 4))
        {
            var y = scale.Y(value);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text class=\"axis\" x=\"{Left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Short(value)}</text>");
        }
        foreach (var (at, anchor) in new[] { (points[0].At, "start"), (points[^1].At, "end") }.Take(points.Count is 1 ? 1 : 2))
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"axis\" x=\"{(anchor is "start" ? Left : Width - Right):0.#}\" y=\"{Height - 6}\" text-anchor=\"{anchor}\">{at:yyyy-MM-dd HH:mm}</text>");
    }

    private static void AppendBand(StringBuilder svg, List<ChartPoint> points, Scale scale)
    {
        var known = points.Where(p => p.Low is not null && p.High is not null).ToList();
        if (known.Count < 2) return;
        var upper = known.Select(p => scale.At(p.At, p.High!.Value));
        var lower = Enumerable.Reverse(known).Select(p => scale.At(p.At, p.Low!.Value));
        svg.Append(CultureInfo.InvariantCulture, $"<polygon class=\"band\" points=\"{string.Join(' ', upper.Concat(lower))}\"/>");
    }

    private static void AppendLimit(StringBuilder svg, List<ChartPoint> points, Scale scale)
    {
        var known = points.Where(p => p.Limit is not null).ToList();
        if (known.Count is 0) return;
        var (first, last) = (known[0], known[^1]);
        var line = known.Count is 1
            ? $"{Left},{scale.Y(first.Limit!.Value):0.#} {Width - Right},{scale.Y(first.Limit!.Value):0.#}"
            : string.Join(' ', known.Select(p => scale.At(p.At, p.Limit!.Value)));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"limit\" points=\"{line}\"><title>limit {Short(last.Limit!.Value)}</title></polyline>");
    }

    private static string Short(double value) => Math.Abs(value) switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        >= 10_000 => (value / 1000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>From times and values to places.</summary>
    private sealed record Scale(DateTimeOffset From, DateTimeOffset To, double Min, double Max)
    {
        public static Scale Of(List<ChartPoint> points)
        {
            var values = points.SelectMany(p => new[] { p.Value, p.Low ?? p.Value, p.High ?? p.Value, p.Limit ?? p.Value }).Where(double.IsFinite).ToList();
            var (min, max) = (values.Min(), values.Max());
            var room = max > min ? (max - min) * 0.08 : Math.Max(Math.Abs(max) * 0.1, 0.01);
            // What cannot be negative is not drawn as if it could.
            return new(points[0].At, points[^1].At, min >= 0 ? Math.Max(0, min - room) : min - room, max + room);
        }

        public string At(DateTimeOffset time, double value)
        {
            var share = To > From ? (time - From) / (To - From) : 0.5;
            return string.Create(CultureInfo.InvariantCulture, $"{Left + (share * (Width - Left - Right)):0.#},{Y(value):0.#}");
        }

        public double Y(double value) => Top + ((Max - value) / (Max - Min) * (Height - Top - Bottom));
    }
}

/// <summary>One value of a chart.</summary>
/// <param name="At">Its time.</param>
/// <param name="Value">The value.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Limit">The limit that it must keep.</param>
/// <param name="Breached">Whether it does not.</param>
/// <param name="Tip">What it says.</param>
internal sealed record ChartPoint(DateTimeOffset At, double Value, double? Low, double? High, double? Limit, bool Breached, string Tip);
