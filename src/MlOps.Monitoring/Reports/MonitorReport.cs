using System.Globalization;
using System.Net;
using System.Text;
using MlOps.Core.Endpoints;
using MlOps.Core.Monitoring;
using MlOps.Monitoring.Labels;

namespace MlOps.Monitoring.Reports;

/// <summary>How an endpoint fares, as one HTML page that needs nothing else: no script, no font, no network; charts are SVG.</summary>
public sealed record MonitorReport
{
    private const string Style =
        """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--line:#d8dee4;--main:#2f6db5;--bad:#c4320a;--good:#1a7f4b;--back:#fff;--card:#f6f8fa}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b2;--line:#30363d;--main:#6ea8fe;--bad:#ff8a65;--good:#56d364;--back:#0d1117;--card:#161b22}}
        *{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1rem 0}
        .facts div{background:var(--card);border-radius:.5rem;padding:.5rem .75rem;overflow-wrap:anywhere}.facts b{display:block;font-size:1.25rem}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:1rem}
        article{border:1px solid var(--line);border-radius:.5rem;padding:.75rem;min-width:0}article.broken{border-color:var(--bad)}
        .soft,small{color:var(--soft)}.bad{color:var(--bad);fill:var(--bad)}.good{color:var(--good)}p{margin:.25rem 0;overflow-wrap:anywhere}
        svg{display:block;width:100%;height:auto;margin:.5rem 0}.line{fill:none;stroke:var(--main);stroke-width:2}.dot{fill:var(--main)}.band{fill:var(--main);opacity:.15}
        .limit{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4}.grid{stroke:var(--line)}.axis{fill:var(--soft);font:12px system-ui,sans-serif}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem}td,th{padding:.25rem .5rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}summary{cursor:pointer;margin:.75rem 0}
        """;

    // What people ask first stands first.
    private static readonly MonitorKind[] s_order =
    [
        MonitorKind.Performance, MonitorKind.EstimatedPerformance, MonitorKind.PredictionDrift, MonitorKind.Drift, MonitorKind.Quality,
        MonitorKind.ConceptDrift, MonitorKind.Fairness, MonitorKind.Service, MonitorKind.Staleness,
    ];

    /// <summary>The endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>When the page is made, UTC.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>What answers now; <see langword="null"/>: nothing.</summary>
    public EndpointManifest? Manifest { get; init; }

    /// <summary>What monitors found, in the order of time; in any order of monitors.</summary>
    public required IReadOnlyList<(MonitorKind Monitor, IReadOnlyList<MonitorResult> Results)> Series { get; init; }

    /// <summary>The endpoint's alerts, the newest first.</summary>
    public required IReadOnlyList<AlertRecord> Alerts { get; init; }

    /// <summary>What became of labels.</summary>
    public required LabelCounts Labels { get; init; }

    /// <summary>Renders the page.</summary>
    public string Render()
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(Endpoint)}: monitors</title><style>{Style}</style></head><body>
            <h1>{Text(Endpoint)}</h1><p class="soft">Made {MadeAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC; times are UTC.</p>
            """);
        AppendFacts(page);
        AppendAlerts(page);
        foreach (var monitor in s_order)
        {
            foreach (var (_, results) in Series.Where(s => s.Monitor == monitor)) AppendMonitor(page, monitor, results);
        }
        if (Series.Count is 0) page.Append("<p>No monitor is declared: add the section <code>monitors</code> to the pipeline's file.</p>");
        return page.Append("</body></html>\n").ToString();
    }

    private void AppendFacts(StringBuilder page)
    {
        var answering = Manifest?.Variants.Where(v => v.Weight > 0).Select(v => $"{v.Model} {v.Version}{(v.Weight < 100 ? $" ({v.Weight} %)" : "")}") ?? [];
        var open = Alerts.Count(a => a.IsOpen);
        page.Append("<div class=\"facts\">");
        Fact(page, string.Join(", ", answering) is { Length: > 0 } models ? Text(models) : "–", "answers now");
        Fact(page, $"<span class=\"{(open > 0 ? "bad" : "good")}\">{open}</span>", open is 1 ? "alert is open" : "alerts are open");
        Fact(page, Count(Labels.Matched), "answers with a label");
        Fact(page, Count(Labels.Waiting), "labels wait for their answer");
        Fact(page, Count(Labels.Contradicting), "labels contradict");
        Fact(page, Count(Labels.Unknown), "labels of unknown answers");
        page.Append("</div>");
    }

    private void AppendAlerts(StringBuilder page)
    {
        if (Alerts.Count is 0) return;
        page.Append("<h2>Alerts</h2><div class=\"charts\">");
        foreach (var alert in Alerts)
        {
            var end = alert.ClosedAt is { } closed ? string.Create(CultureInfo.InvariantCulture, $"to {closed.UtcDateTime:yyyy-MM-dd HH:mm}") : "<b class=\"bad\">open</b>";
            page.Append(CultureInfo.InvariantCulture,
                $"<article{(alert.IsOpen ? " class=\"broken\"" : "")}><h3>{MonitorNames.NameOf(alert.Monitor)} <small>{alert.Severity.ToString().ToLowerInvariant()}{(alert.Silenced ? ", silenced" : "")}</small></h3><p>{alert.OpenedAt.UtcDateTime:yyyy-MM-dd HH:mm} {end}</p><p class=\"soft\">{Text(alert.Detail)}</p>{(alert.Acknowledged is { } note ? $"<p>Taken up by {Text(note.By)}: {Text(note.Reason)}</p>" : "")}</article>");
        }
        page.Append("</div>");
    }

    private static void AppendMonitor(StringBuilder page, MonitorKind monitor, IReadOnlyList<MonitorResult> results)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{MonitorNames.NameOf(monitor)}\">{Title(monitor)}</h2>");
        if (results.Count is 0)
        {
            page.Append("<p class=\"soft\">It has not run yet.</p>");
            return;
        }
        var last = results[^1];
        page.Append(CultureInfo.InvariantCulture,
            $"<p class=\"soft\">Last window: {last.Window.From.UtcDateTime:yyyy-MM-dd HH:mm} to {last.Window.To.UtcDateTime:yyyy-MM-dd HH:mm}, {Count(last.Rows)} rows, {Count(last.Labelled)} with a label{(last.Model is { } model ? Text($", {model} version {last.Version}") : "")}.{(last.Note is { } note ? $" {Text(note)}" : "")}</p>");
        var series = results.SelectMany(r => r.Points.Select(p => (r.Window.To, Point: p)))
            .GroupBy(p => p.Point.Series, StringComparer.Ordinal)
            .Where(s => s.Any(p => double.IsFinite(p.Point.Value)))
            .Select(s => s.ToList()).ToList();
        var whole = series.Where(s => !IsPart(s[^1].Point)).OrderByDescending(s => s[^1].Point.Breached).ThenByDescending(s => s[^1].Point.Limit is not null).ToLookup(IsEventful);
        AppendCharts(page, whole[true]);
        if (whole[false].Any())
        {
            page.Append(CultureInfo.InvariantCulture, $"<details><summary>{whole[false].Count()} that have not moved</summary>");
            AppendCharts(page, whole[false]);
            page.Append("</details>");
        }
        AppendParts(page, [.. series.Where(s => IsPart(s[^1].Point)).Select(s => s[^1].Point)]);
    }

    /// <summary>A part of the answers, such as origin=ORD: of those there are many, and a table says it shorter.</summary>
    private static bool IsPart(MonitorPoint point) => point.Subject.Contains('=', StringComparison.Ordinal);

    /// <summary>Whether there is something to see: a value beyond its limit, or one that differs from another.</summary>
    private static bool IsEventful(IReadOnlyList<(DateTimeOffset At, MonitorPoint Point)> series) =>
        series.Count is 1 || series.Any(p => p.Point.Breached) || series.Select(p => p.Point.Value).Distinct().Skip(1).Any();

    private static void AppendCharts(StringBuilder page, IEnumerable<IReadOnlyList<(DateTimeOffset At, MonitorPoint Point)>> charts)
    {
        page.Append("<div class=\"charts\">");
        foreach (var chart in charts) AppendChart(page, chart);
        page.Append("</div>");
    }

    private static void AppendChart(StringBuilder page, IReadOnlyList<(DateTimeOffset At, MonitorPoint Point)> series)
    {
        var last = series[^1].Point;
        var points = series.Select(p => new ChartPoint(
            p.At, p.Point.Value, p.Point.Interval?.Low, p.Point.Interval?.High, p.Point.Limit, p.Point.Breached,
            string.Create(CultureInfo.InvariantCulture, $"{p.At.UtcDateTime:yyyy-MM-dd HH:mm}: {p.Point.Detail}"))).ToList();
        page.Append(CultureInfo.InvariantCulture,
            $"<article{(last.Breached ? " class=\"broken\"" : "")}><h3>{Text(last.Series)}{(last.Breached ? " <span class=\"bad\">beyond its limit</span>" : "")}</h3>{LineChart.Render(points, last.Series)}<p class=\"soft\">{Text(last.Detail)}</p></article>");
    }

    private static void AppendParts(StringBuilder page, List<MonitorPoint> parts)
    {
        if (parts.Count is 0) return;
        page.Append(CultureInfo.InvariantCulture, $"<details><summary>{parts.Count} values of parts of the answers</summary><div class=\"scroll\"><table><tr><th>What</th><th class=\"n\">Value</th><th class=\"n\">95 %</th><th class=\"n\">At evaluation</th></tr>");
        foreach (var part in parts.OrderBy(p => p.Metric, StringComparer.Ordinal).ThenBy(p => p.Subject, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(part.Series)}</td><td class=\"n{(part.Breached ? " bad" : "")}\">{Number(part.Value)}</td><td class=\"n\">{(part.Interval is { } i ? $"{Number(i.Low)} – {Number(i.High)}" : "")}</td><td class=\"n\">{(part.Reference is { } r ? Number(r) : "")}</td></tr>");
        }
        page.Append("</table></div></details>");
    }

    private static string Title(MonitorKind monitor) => monitor switch
    {
        MonitorKind.Quality => "Quality of the inputs",
        MonitorKind.Drift => "Drift of the inputs",
        MonitorKind.PredictionDrift => "Drift of the answers",
        MonitorKind.Performance => "Performance",
        MonitorKind.EstimatedPerformance => "Performance, estimated before labels come",
        MonitorKind.Fairness => "Fairness",
        MonitorKind.Service => "Service",
        MonitorKind.Staleness => "Age of the model and of its data, in days",
        _ => "Change of the model's errors",
    };

    private static void Fact(StringBuilder page, string value, string name) => page.Append(CultureInfo.InvariantCulture, $"<div><b>{value}</b>{name}</div>");

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString("0.####", CultureInfo.InvariantCulture);
}
