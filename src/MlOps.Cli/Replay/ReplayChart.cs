using System.Globalization;
using System.Text;
using MlOps.Monitoring.Reports;

namespace MlOps.Cli.Replay;

/// <summary>
/// The metric by day with and without retraining, as one SVG that needs nothing else: a dot a day, a line through the means of seven days up
/// to each, and a mark at each run that an alert started.
/// </summary>
internal static class ReplayChart
{
    private const double Width = 960;
    private const double Height = 400;
    private const double Left = 60;
    private const double Right = 44;
    private const double Top = 64;
    private const double Bottom = 40;
    private const int Mean = 7;
    private const string With = "#0b6bcb";
    private const string Without = "#c4622d";

    public static string Render(ReplayReport report)
    {
        var days = report.Days.Where(d => double.IsFinite(d.Value) && double.IsFinite(d.WithoutRetraining)).ToList();
        var scale = Scale.Of(days);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="{report.Pipeline}: {report.Metric} by day with and without retraining">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="{Left}" y="22" font-size="15" font-weight="600" fill="#1f2328">{report.Pipeline}: {report.Metric} by day</text>

            """);
        AppendLegend(svg);
        AppendAxes(svg, scale);
        AppendRuns(svg, report.Days, scale);
        AppendSeries(svg, days, d => d.WithoutRetraining, Without, "without retraining", scale);
        AppendSeries(svg, days, d => d.Value, With, "as answered", scale);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendLegend(StringBuilder svg)
    {
        var x = Left;
        foreach (var (text, colour, dash, room) in new[]
        {
            ("with retraining (mean of 7 days)", With, "", 230.0), ("without: the first version", Without, "", 200), ("champion replaced", "#1a7f37", "", 150), ("retrained, champion kept", "#8c959f", "4 3", 170),
        })
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x}\" x2=\"{x + 22}\" y1=\"41\" y2=\"41\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dash}\"/><text x=\"{x + 28}\" y=\"45\" fill=\"#57606a\">{text}</text>\n");
            x += room;
        }
    }

    private static void AppendAxes(StringBuilder svg, Scale scale)
    {
        foreach (var value in AxisTicks.Between(scale.Min, scale.Max, 6))
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{scale.Y(value):0.#}\" y2=\"{scale.Y(value):0.#}\" stroke=\"#e6e8eb\"/><text x=\"{Left - 8}\" y=\"{scale.Y(value) + 4:0.#}\" text-anchor=\"end\" fill=\"#57606a\">{value:0.00#}</text>\n");
        var days = scale.To.DayNumber - scale.From.DayNumber;
        for (var day = scale.From; day <= scale.To; day = day.AddDays(1))
        {
            // The first of each month; of a short replay every so many days.
            if (days > 45 ? day.Day is not 1 : (day.DayNumber - scale.From.DayNumber) % Math.Max(1, days / 6) is not 0) continue;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{scale.X(day):0.#}\" x2=\"{scale.X(day):0.#}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 5}\" stroke=\"#8c959f\"/><text x=\"{scale.X(day):0.#}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\" fill=\"#57606a\">{day:yyyy-MM-dd}</text>\n");
        }
    }

    private static void AppendRuns(StringBuilder svg, IReadOnlyList<ReplayDay> days, Scale scale)
    {
        foreach (var day in days)
        {
            foreach (var run in day.Retrainings.Where(r => r.Run is not null))
            {
                var (colour, dash) = run.Replaced ? ("#1a7f37", "") : ("#8c959f", "4 3");
                svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{scale.X(day.Day):0.#}\" x2=\"{scale.X(day.Day):0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"{colour}\" stroke-dasharray=\"{dash}\" stroke-width=\"1.5\"><title>{Text($"{day.Day:yyyy-MM-dd} {run.Trigger}: {run.Outcome}")}</title></line>");
                if (run.Replaced) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{scale.X(day.Day) + 4:0.#}\" y=\"{Top + 10}\" fill=\"{colour}\">v{day.Version}</text>");
                svg.Append('\n');
            }
        }
    }

    private static void AppendSeries(StringBuilder svg, List<ReplayDay> days, Func<ReplayDay, double> value, string colour, string name, Scale scale)
    {
        foreach (var day in days)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{scale.X(day.Day):0.#}\" cy=\"{scale.Y(value(day)):0.#}\" r=\"2\" fill=\"{colour}\" fill-opacity=\"0.35\"><title>{day.Day:yyyy-MM-dd} {name}: {value(day):0.0000}</title></circle>\n");
        var line = days.Select((d, i) => string.Create(CultureInfo.InvariantCulture, $"{scale.X(d.Day):0.#},{scale.Y(days[Math.Max(0, i - Mean + 1)..(i + 1)].Average(value)):0.#}"));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', line)}\"/>\n");
    }

    private static string Text(string text) => System.Net.WebUtility.HtmlEncode(text);

    /// <summary>From days and values to places.</summary>
    private sealed record Scale(DateOnly From, DateOnly To, double Min, double Max)
    {
        public static Scale Of(List<ReplayDay> days)
        {
            var values = days.SelectMany(d => new[] { d.Value, d.WithoutRetraining }).ToList();
            var (min, max) = (values.Min(), values.Max());
            var room = max > min ? (max - min) * 0.06 : Math.Max(Math.Abs(max) * 0.1, 0.01);
            return new(days[0].Day, days[^1].Day, min - room, max + room);
        }

        public double X(DateOnly day)
        {
            var share = To > From ? (double)(day.DayNumber - From.DayNumber) / (To.DayNumber - From.DayNumber) : 0.5;
            return Left + (share * (Width - Left - Right));
        }

        public double Y(double value) => Top + ((Max - value) / (Max - Min) * (Height - Top - Bottom));
    }
}
