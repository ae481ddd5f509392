using System.Globalization;
using System.Net;
using System.Text;

namespace MlOps.Core.Releases;

/// <summary>A staging report as one HTML page that needs nothing else: no script, no font, no network. Whatever an answer says is text.</summary>
public static class StagingPage
{
    private const string Style =
        """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--line:#d8dee4;--bad:#b3261e;--good:#1a7f37;--back:#fff}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b2;--line:#30363d;--bad:#ff7b72;--good:#56d364;--back:#0d1117}}
        body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin-top:2rem}.scroll{overflow-x:auto}.soft{color:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:.875rem}td,th{padding:.25rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
        .bad{color:var(--bad)}.good{color:var(--good)}
        """;

    /// <summary>Renders a report.</summary>
    public static string Render(StagingReport report)
    {
        var page = new StringBuilder();
        var title = Text($"{report.Model.Name} version {report.Model.Version} on {report.Endpoint}");
        page.Append(CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Application tests of {title}</title><style>{Style}</style></head><body>
            <h1>Application tests of {title}: {Verdict(report.Passed)}</h1>
            <p>Run {Text(report.RunId)}, {report.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, asked at {Text(report.Url)}{(report.Champion is { } champion ? $", beside version {champion.Version}" : "")}. SHA-256 of the model: {Text(report.Model.Sha256)}.</p>
            <div class="scroll"><table><tr><th>test</th><th></th><th>finding</th><th>seconds</th></tr>

            """);
        foreach (var test in report.Tests)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(test.Test)}</td><td>{Verdict(test.Passed)}</td><td>{Text(test.Detail)}</td><td>{test.Seconds:0.0}</td></tr>\n");
        page.Append("</table></div>\n");
        foreach (var test in report.Tests.Where(t => t.Cases.Count > 0)) AppendCases(page, test);
        return page.Append("</body></html>\n").ToString();
    }

    private static void AppendCases(StringBuilder page, ApplicationTestResult test)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(test.Test)}</h2><div class=\"scroll\"><table><tr><th>case</th><th></th><th>answer</th></tr>\n");
        foreach (var one in test.Cases.OrderBy(c => c.Passed))
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(one.Case)}</td><td>{Verdict(one.Passed)}</td><td>{Text(one.Detail)}</td></tr>\n");
        page.Append("</table></div>\n");
    }

    private static string Verdict(bool passed) => passed ? "<span class=\"good\">passed</span>" : "<span class=\"bad\">failed</span>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
