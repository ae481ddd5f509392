using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;
using MlOps.Pipelines.Notifications;
using MlOps.Pipelines.Notifications.Channels;

namespace MlOps.Pipelines.Tests.Notifications;

/// <summary>Mails over real sockets and real TLS.</summary>
public sealed class EmailDeliveryTests
{
    private static readonly Notification s_message = new()
    {
        Id = "approval-1",
        Event = "approval.requested",
        Subject = "models/shop/1",
        Pipeline = "shop",
        Severity = NotificationSeverity.Warning,
        Title = "Drift of “größe”: 日本 is above its limit in the segment that nobody expected 😀",
        Text = ".\r\n.. dots that end nothing\r\n",
        At = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mail_goes_encrypted_from_the_first_byte_or_from_STARTTLS_on(bool isImplicit)
    {
        using var certificate = new MailCertificate();
        await using var server = new SmtpTarget(certificate: certificate.Certificate, isImplicit: isImplicit);
        await SendAsync(Channel(server) with { ImplicitTls = isImplicit, User = "mlops", PasswordFrom = "PASSWORD" }, certificate.Pem, ("PASSWORD", "s3cret"));

        var (to, text) = Assert.Single(server.Mails);
        Assert.Equal(["ops@example.com"], to);
        Assert.Equal("AUTH PLAIN " + Convert.ToBase64String("\0mlops\0s3cret"u8), Assert.Single(server.Logins));
        Assert.Equal(isImplicit ? [] : ["EHLO", "STARTTLS"], server.InTheClear.Select(l => l.Split(' ')[0]));
        Assert.Contains(".\r\n.. dots that end nothing", Encoding.UTF8.GetString(Convert.FromBase64String(PartOf(text, "text/plain"))), StringComparison.Ordinal);
        Assert.Contains("<h1", Encoding.UTF8.GetString(Convert.FromBase64String(PartOf(text, "text/html"))), StringComparison.Ordinal);
        Assert.Equal($"[shop] {s_message.Title}", DecodedSubject(text));
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 78 && line.All(char.IsAscii), line));
    }

    [Fact]
    public void Port_465_is_encrypted_from_the_first_byte_without_being_told()
    {
        Assert.True(new EmailChannel { Name = "mail", From = "a@b", Server = "c", Port = 465 }.ImplicitTls);
        Assert.False(new EmailChannel { Name = "mail", From = "a@b", Server = "c" }.ImplicitTls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_that_nobody_vouches_for_gets_no_mail(bool isImplicit)
    {
        using var certificate = new MailCertificate();
        using var other = new MailCertificate();
        await using var server = new SmtpTarget(certificate: certificate.Certificate, isImplicit: isImplicit);
        foreach (var authorities in new[] { null, other.Pem })
        {
            var refused = await Assert.ThrowsAsync<DeliveryException>(() => SendAsync(Channel(server) with { ImplicitTls = isImplicit }, authorities));
            Assert.Contains("certificate is not trusted", refused.Message, StringComparison.Ordinal);
            Assert.True(refused.MayPass);
        }

        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task A_certificate_of_another_server_gets_no_mail()
    {
        using var certificate = new MailCertificate("mail.example.com");
        await using var server = new SmtpTarget(certificate: certificate.Certificate, isImplicit: true);
        await Assert.ThrowsAsync<DeliveryException>(() => SendAsync(Channel(server) with { ImplicitTls = true }, certificate.Pem));
        Assert.Empty(server.Mails);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing_in_the_clear()
    {
        await using var server = new SmtpTarget();
        var refused = await Assert.ThrowsAsync<DeliveryException>(() => SendAsync(Channel(server), null));
        Assert.Contains("offers no STARTTLS", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.InTheClear, l => l.StartsWith("MAIL", StringComparison.Ordinal) || l.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("550 no such user", false)]
    [InlineData("450 try later", true)]
    [InlineData("nonsense", true)]
    public async Task What_a_server_says_decides_whether_it_is_asked_again(string answer, bool mayPass)
    {
        await using var server = new SmtpTarget(answer);
        var refused = await Assert.ThrowsAsync<DeliveryException>(() => SendAsync(Channel(server) with { Tls = false }, null));
        Assert.Equal(mayPass, refused.MayPass);
    }

    [Theory]
    [InlineData("no address")]
    [InlineData("a@b.example>\r\nDATA")]
    [InlineData("größe@example.com")]
    public async Task What_is_no_address_never_reaches_a_server(string to)
    {
        await using var server = new SmtpTarget();
        await Assert.ThrowsAsync<DeliveryException>(() => SendAsync(Channel(server) with { Tls = false, To = [to] }, null));
        Assert.Empty(server.InTheClear);
    }

    private static EmailChannel Channel(SmtpTarget server) => new() { Name = "mail", To = ["ops@example.com"], From = "mlops@example.com", Server = "localhost", Port = server.Port };

    private static Task SendAsync(EmailChannel channel, string? authorities, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))).Build();
        var email = new EmailDelivery(new ChannelSecrets(configuration), Options.Create(new NotificationOptions { CertificateAuthorities = authorities }), TimeProvider.System);
        return email.SendAsync(channel, s_message, new CancellationTokenSource(TestHub.Patience).Token);
    }

    private static string PartOf(string mail, string type) => mail.Split("--=_mlops").Single(p => p.Contains($"Content-Type: {type}", StringComparison.Ordinal)).Split("\n\n")[1];

    private static string DecodedSubject(string mail)
    {
        var lines = mail.Split('\n').SkipWhile(l => !l.StartsWith("Subject: ", StringComparison.Ordinal)).ToList();
        var words = lines.Take(1).Concat(lines.Skip(1).TakeWhile(l => l.StartsWith(' '))).Select(l => l[(l.IndexOf("?B?", StringComparison.Ordinal) + 3)..^2]);
        return string.Concat(words.Select(w => Encoding.UTF8.GetString(Convert.FromBase64String(w))));
    }
}
