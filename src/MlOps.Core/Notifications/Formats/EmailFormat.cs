using System.Net;
using System.Text;

namespace MlOps.Core.Notifications.Formats;

/// <summary>A message as the subject and the two bodies of an e-mail.</summary>
public static class EmailFormat
{
    private const int MostSubject = 200;

    /// <summary>One line, whatever the title has in it.</summary>
    public static string Subject(Notification message) =>
        Shorten.To(string.Concat($"[{message.Pipeline}] {message.Title}".Select(c => char.IsControl(c) ? ' ' : c)), MostSubject);

    /// <summary>The body for readers of plain text; links must be absolute by now.</summary>
    public static string Text(Notification message)
    {
        var text = new StringBuilder(message.Title).Append("\n\n").Append(message.Text).Append('\n');
        if (message.Facts.Count > 0) text.Append('\n');
        foreach (var (name, value) in message.Facts) text.Append(name).Append(": ").Append(value).Append('\n');
        foreach (var (label, address) in message.Links) text.Append('\n').Append(label).Append(":\n").Append(address).Append('\n');
        return text.ToString();
    }

    /// <summary>The body for the others: no picture, no script, nothing that is fetched.</summary>
    public static string Html(Notification message)
    {
        var html = new StringBuilder("""<!doctype html><html lang="en"><body style="margin:0;padding:24px;background:#f4f5f7;font:16px/1.5 -apple-system,'Segoe UI',Roboto,sans-serif;color:#1c2430">""")
            .Append("""<div style="max-width:600px;margin:0 auto;padding:24px;background:#fff;border-radius:8px;border-top:4px solid """).Append(ColorOf(message.Severity)).Append("\">")
            .Append("<h1 style=\"margin:0 0 12px;font-size:20px\">").Append(Encode(message.Title)).Append("</h1><p style=\"margin:0 0 16px\">").Append(Encode(message.Text)).Append("</p>");
        if (message.Facts.Count > 0)
        {
            html.Append("<table style=\"border-collapse:collapse;margin:0 0 16px\">");
            foreach (var (name, value) in message.Facts)
                html.Append("<tr><td style=\"padding:4px 16px 4px 0;color:#5b6675;vertical-align:top\">").Append(Encode(name)).Append("</td><td style=\"padding:4px 0\">").Append(Encode(value)).Append("</td></tr>");
            html.Append("</table>");
        }

        foreach (var (label, address) in message.Links)
            html.Append("<p style=\"margin:0 0 12px\"><a href=\"").Append(Encode(address)).Append("\" style=\"color:#1d5fd1\">").Append(Encode(label)).Append("</a></p>");
        return html.Append("</div></body></html>").ToString();
    }

    private static string ColorOf(NotificationSeverity severity) => severity switch
    {
        NotificationSeverity.Critical => "#c62828",
        NotificationSeverity.Warning => "#d98300",
        _ => "#1d5fd1",
    };

    private static string Encode(string text) => WebUtility.HtmlEncode(text).Replace("\n", "<br>", StringComparison.Ordinal);
}
