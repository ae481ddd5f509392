using System.Globalization;
using System.Net;
using System.Text;
using MlOps.Core.Datasets;

namespace MlOps.Data.Profiling;

/// <summary>A profile as one HTML page that needs nothing else: no script, no font, no network; charts are SVG.</summary>
public static class ProfilePage
{
    private const int MaxAssociations = 30;

    private const string Style =
        """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--line:#d8dee4;--bar:#3b72b8;--warn:#b4530a;--back:#fff;--card:#f6f8fa}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b2;--line:#30363d;--bar:#6ea8fe;--warn:#f0a35e;--back:#0d1117;--card:#161b22}}
        *{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1rem 0}
        .facts div{background:var(--card);border-radius:.5rem;padding:.5rem .75rem}.facts b{display:block;font-size:1.25rem}
        .columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(22rem,100%),1fr));gap:1rem}
        article{border:1px solid var(--line);border-radius:.5rem;padding:.75rem;min-width:0}small,.soft{color:var(--soft)}.warn{color:var(--warn)}
        svg{display:block;width:100%;height:auto;margin:.5rem 0}.bar{fill:var(--bar)}table{border-collapse:collapse;width:100%;font-size:.875rem}
        td,th{padding:.15rem .4rem;text-align:left;border-bottom:1px solid var(--line);overflow-wrap:anywhere}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .share{background:linear-gradient(to right,color-mix(in srgb,var(--bar) 30%,transparent) var(--p),transparent var(--p))}.scroll{overflow-x:auto}
        """;

    /// <summary>Renders a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="title">What it describes: <c>flight-delay 3fa9c01d2b44</c>.</param>
    public static string Render(DatasetProfile profile, string title)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)}</title><style>{Style}</style></head><body>
            <h1>{Text(title)}</h1>
            <div class="facts">{Fact("rows", Count(profile.Rows))}{Fact("columns", Count(profile.Columns.Count))}{Fact("duplicate rows", Count(profile.DuplicateRows))}{Fact("missing values", Share(profile.Columns.Sum(c => c.Missing), profile.Rows * profile.Columns.Count))}</div>
            <h2>Columns</h2><div class="columns">
            """);
        foreach (var column in profile.Columns) AppendColumn(page, column, profile.Rows);
        page.Append("</div>");
        AppendTime(page, profile);
        AppendMissing(page, profile);
        AppendAssociations(page, profile);
        return page.Append("</body></html>\n").ToString();
    }

    private static void AppendColumn(StringBuilder page, ColumnProfile column, long rows)
    {
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <article><h3>{Text(column.Name)} <small>{column.Type.ToString().ToLowerInvariant()}</small></h3>
            <div class="soft">{(column.TopValues.Count > 0 ? "" : "about ")}{Count(column.Distinct)} distinct · <span{(column.Missing > 0 ? " class=\"warn\"" : "")}>{Share(column.Missing, rows)} missing</span></div>
            """);
        if (column.Numbers is { } numbers) AppendNumbers(page, column, numbers);
        else if (column.TopValues.Count > 0) AppendValues(page, column, rows);
        else if (column.Min is not null) page.Append(CultureInfo.InvariantCulture, $"<div>{Text(column.Min)} to {Text(column.Max!)}</div>");
        page.Append("</article>\n");
    }

    private static void AppendNumbers(StringBuilder page, ColumnProfile column, NumberProfile numbers)
    {
        var bars = numbers.Histogram.Select(b => (b.Count, Tip: $"{Number(b.From)} to {Number(b.To)}: {Count(b.Count)}"));
        page.Append(BarChart.Render([.. bars], $"Histogram of {column.Name}"));
        page.Append("<div class=\"scroll\"><table><tr>");
        var cells = new (string Name, string Value)[]
        {
            ("min", Text(column.Min ?? "")), ("5 %", Number(numbers.Quantiles["0.05"])), ("median", Number(numbers.Quantiles["0.5"])), ("95 %", Number(numbers.Quantiles["0.95"])),
            ("max", Text(column.Max ?? "")), ("mean", Number(numbers.Mean)), ("deviation", Number(numbers.Deviation)), ("skewness", Number(numbers.Skewness)), ("outliers", Count(numbers.Outliers)),
        };
        foreach (var (name, _) in cells) page.Append(CultureInfo.InvariantCulture, $"<th class=\"n\">{name}</th>");
        page.Append("</tr><tr>");
        foreach (var (_, value) in cells) page.Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{value}</td>");
        page.Append("</tr></table></div>");
    }

    private static void AppendValues(StringBuilder page, ColumnProfile column, long rows)
    {
        page.Append("<table>");
        foreach (var value in column.TopValues.Take(10))
        {
            var share = rows == 0 ? 0 : 100.0 * value.Count / rows;
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td class=\"share\" style=\"--p:{share:0.#}%\">{(value.Value.Length == 0 ? "<i>empty text</i>" : Text(value.Value))}</td><td class=\"n\">{Count(value.Count)}</td></tr>");
        }
        page.Append("</table>");
    }

    private static void AppendTime(StringBuilder page, DatasetProfile profile)
    {
        if (profile.TimeCoverage is not { Count: > 0 } buckets) return;
        page.Append("<h2>Rows over time</h2>");
        page.Append(BarChart.Render([.. buckets.Select(b => (b.Rows, Tip: $"{b.From:yyyy-MM-dd HH:mm}: {Count(b.Rows)}"))], "Rows over time"));
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"soft\">{buckets[0].From:yyyy-MM-dd HH:mm} to {buckets[^1].From:yyyy-MM-dd HH:mm}</div>");
    }

    private static void AppendMissing(StringBuilder page, DatasetProfile profile)
    {
        if (!profile.MissingPatterns.Any(p => p.Columns.Count > 0)) return;
        page.Append("<h2>Missing together</h2><div class=\"scroll\"><table><tr><th>columns</th><th class=\"n\">rows</th><th class=\"n\">share</th></tr>");
        foreach (var pattern in profile.MissingPatterns)
        {
            var names = pattern.Columns.Count == 0 ? "<i>none: complete rows</i>" : Text(string.Join(", ", pattern.Columns));
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{names}</td><td class=\"n\">{Count(pattern.Rows)}</td><td class=\"n\">{Share(pattern.Rows, profile.Rows)}</td></tr>");
        }
        page.Append("</table></div>");
    }

    private static void AppendAssociations(StringBuilder page, DatasetProfile profile)
    {
        if (profile.Associations.Count == 0) return;
        page.Append(CultureInfo.InvariantCulture,
            $"<h2>Columns that go together</h2><div class=\"soft\">The strongest, on {Count(profile.AssociationRows)} evenly spread rows.</div><div class=\"scroll\"><table><tr><th>column</th><th>column</th><th>measure</th><th class=\"n\">value</th></tr>");
        foreach (var pair in profile.Associations.Take(MaxAssociations))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(pair.Left)}</td><td>{Text(pair.Right)}</td><td>{Name(pair.Measure)}</td><td class=\"n share\" style=\"--p:{100 * Math.Abs(pair.Value):0.#}%\">{pair.Value:0.000}</td></tr>");
        }
        page.Append("</table></div>");
    }

    private static string Name(AssociationMeasure measure) => measure switch
    {
        AssociationMeasure.Pearson => "Pearson",
        AssociationMeasure.Spearman => "Spearman",
        AssociationMeasure.CramersV => "Cramér’s V",
        _ => "correlation ratio η",
    };

    private static string Fact(string name, string value) => $"<div><b>{value}</b>{name}</div>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(long part, long whole) => whole == 0 ? "–" : (100.0 * part / whole).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString("0.####", CultureInfo.InvariantCulture);
}
