using System.Globalization;
using System.Net.Mail;
using System.Text;
using MlOps.Core.Notifications;
using MlOps.Core.Notifications.Formats;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Writes a message as a mail: RFC 5322 with MIME, plain text and HTML, ASCII alone and lines of at most 78 characters.</summary>
internal static class MailText
{
    // An encoded word has at most 75 characters, its line at most 76 (RFC 2047): 39 bytes become 52, frame and name of the header take 21.
    private const int BytesOfWord = 39;
    private const int LineOfBase64 = 76;

    // No line of base 64 begins so.
    private const string Boundary = "=_mlops";

    public static string Write(Notification message, MailAddress from, IReadOnlyList<MailAddress> to, DateTimeOffset now)
    {
        var mail = new StringBuilder();
        Header(mail, "Date", now.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header(mail, "From", Written(from));
        Header(mail, "To", string.Join(",\r\n ", to.Select(Written)));
        Header(mail, "Subject", Encoded(EmailFormat.Subject(message)));
        // The same message sent again after a crash is recognised by its id; and no out-of-office note comes back.
        Header(mail, "Message-ID", $"<{message.Id}@{from.Host}>");
        Header(mail, "Auto-Submitted", "auto-generated");
        Header(mail, "MIME-Version", "1.0");
        Header(mail, "Content-Type", $"multipart/alternative; boundary=\"{Boundary}\"");
        Part(mail, "text/plain", EmailFormat.Text(message));
        Part(mail, "text/html", EmailFormat.Html(message));
        return mail.Append($"\r\n--{Boundary}--\r\n").ToString();
    }

    private static void Header(StringBuilder mail, string name, string value) => mail.Append(name).Append(": ").Append(value).Append("\r\n");

    private static void Part(StringBuilder mail, string type, string text)
    {
        mail.Append($"\r\n--{Boundary}\r\n");
        Header(mail, "Content-Type", $"{type}; charset=utf-8");
        Header(mail, "Content-Transfer-Encoding", "base64");
        var content = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        for (var at = 0; at < content.Length; at += LineOfBase64) mail.Append("\r\n").Append(content.AsSpan(at, Math.Min(LineOfBase64, content.Length - at)));
    }

    private static string Written(MailAddress address) => address.DisplayName.Length is 0 ? address.Address : $"{Encoded(address.DisplayName)} <{address.Address}>";

    /// <summary>Text of a header: as encoded words, unless it is short and plain.</summary>
    private static string Encoded(string text)
    {
        if (text.Length < 60 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '/' or '.') && !text.Contains("  ", StringComparison.Ordinal)) return text;
        var words = new List<string>();
        var bytes = new List<byte>(BytesOfWord);
        foreach (var rune in text.EnumerateRunes())
        {
            if (bytes.Count + rune.Utf8SequenceLength > BytesOfWord) Close();
            var start = bytes.Count;
            System.Runtime.InteropServices.CollectionsMarshal.SetCount(bytes, start + rune.Utf8SequenceLength);
            rune.EncodeToUtf8(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)[start..]);
        }

        Close();
        return string.Join("\r\n ", words);

        void Close()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. bytes])}?=");
            bytes.Clear();
        }
    }
}
