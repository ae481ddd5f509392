using System.Globalization;
using System.Net;
using System.Text;
using MlOps.Core.Specification;

namespace MlOps.Core.Datasets;

/// <summary>A validation report as one HTML page that needs nothing else: no script, no font, no network. Whatever the data says is text.</summary>
public static class ValidationPage
{
    private const string Style =
        """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--line:#d8dee4;--bad:#b3261e;--warn:#b4530a;--good:#1a7f37;--back:#fff}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b2;--line:#30363d;--bad:#ff7b72;--warn:#f0a35e;--good:#56d364;--back:#0d1117}}
        body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin-top:2rem}.scroll{overflow-x:auto}.soft{color:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:.875rem}td,th{padding:.25rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
        .bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}
        """;

    /// <summary>Renders a report.</summary>
    public static string Render(ValidationReport report)
    {
        var (page, verdict) = (new StringBuilder(), report.Verdict);
        var title = Text($"{report.Dataset}@{report.Version[..12]}");
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Validation of {title}</title><style>{Style}</style></head><body>
            <h1>Validation of {title}: {(verdict.Passed ? "<span class=\"good\">passed</span>" : "<span class=\"bad\">failed</span>")}</h1>
            <p>{verdict.Rows:N0} rows, {verdict.Kept:N0} kept, {verdict.Quarantined:N0} quarantined. {report.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>

            """);
        if (verdict.Accepted is { } accepted)
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"warn\">Accepted by {Text(accepted.By)}: {Text(accepted.Reason)}</p>\n");
        AppendChecks(page, verdict);
        AppendSamples(page, report.Samples);
        return page.Append("</body></html>\n").ToString();
    }

    private static void AppendChecks(StringBuilder page, ValidationVerdict verdict)
    {
        page.Append("<h2>Checks</h2><div class=\"scroll\"><table><tr><th>check</th><th></th><th>finding</th></tr>\n");
        // What needs a person comes first; otherwise the order of the specification.
        foreach (var check in verdict.Checks.OrderBy(c => c.Fails ? 0 : c.Passed ? 2 : 1))
        {
            var (style, word) = check.Passed ? ("good", "met") : check.Severity is CheckSeverity.Warn ? ("warn", "warning") : ("bad", "failed");
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(check.Check)}</td><td class=\"{style}\">{word}</td><td>{Text(check.Detail)}</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AppendSamples(StringBuilder page, IReadOnlyList<QuarantinedRow> samples)
    {
        if (samples.Count is 0) return;
        var columns = samples[0].Values.Keys.ToList();
        page.Append("<h2>Rows set apart</h2><p class=\"soft\">A few for each reason; rows.parquet beside this page has all of them.</p><div class=\"scroll\"><table><tr><th>reasons</th><th>file</th><th>row</th>");
        foreach (var column in columns) page.Append(CultureInfo.InvariantCulture, $"<th>{Text(column)}</th>");
        page.Append("</tr>\n");
        foreach (var row in samples)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(string.Join("; ", row.Reasons))}</td><td>{Text(row.File)}</td><td>{row.Row}</td>");
            foreach (var column in columns) page.Append(CultureInfo.InvariantCulture, $"<td>{ValueOf(row.Values[column])}</td>");
            page.Append("</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string ValueOf(string? value) => value is null ? "<i class=\"soft\">missing</i>" : Text(value);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
