using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using MlOps.Core.Notifications;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Sends messages over SMTP.</summary>
internal sealed class EmailDelivery(ChannelSecrets secrets, IOptions<NotificationOptions> options, TimeProvider time)
{
    public async Task SendAsync(EmailChannel channel, Notification message, CancellationToken cancellationToken)
    {
        var from = AddressOf(channel.From);
        MailAddress[] to = [.. (message.Recipient is { } one ? [one] : channel.To).Select(AddressOf)];
        if (to.Length is 0) throw new DeliveryException("The channel has no 'to', and the message is for nobody in particular.", mayPass: false);
        var login = channel is { User: { } user, PasswordFrom: { } password } ? (user, secrets.Find(password)) : ((string, string)?)null;
        var encryption = !channel.Tls ? SmtpEncryption.None : channel.ImplicitTls ? SmtpEncryption.Implicit : SmtpEncryption.StartTls;
        try
        {
            await using var session = await SmtpSession.OpenAsync(channel.Server, channel.Port, encryption, TlsOf(channel.Server), cancellationToken);
            if (login is var (name, secret)) await session.LogInAsync(name, secret, cancellationToken);
            var refused = await session.SendAsync(from.Address, [.. to.Select(t => t.Address)], MailText.Write(message, from, to, time.GetUtcNow()), cancellationToken);
            // Sent again, those who have it would get it twice.
            if (refused.Count > 0) throw new DeliveryException($"The mail server refused {string.Join(", ", refused)}; the others have it.", mayPass: false);
        }
        catch (SmtpRefusalException refusal)
        {
            // Codes of 500 and above are final answers; a server that lacks something may be set right.
            throw new DeliveryException(refusal.Code is 0 ? $"{refusal.Message} See 'tls', 'implicitTls', 'port' and 'user'." : refusal.Message, mayPass: refusal.Code < 500);
        }
        catch (AuthenticationException)
        {
            throw new DeliveryException("The mail server's TLS certificate is not trusted, or not of this server (see Notifications__CertificateAuthorities), or it does not speak TLS there (see 'implicitTls' and 'port').", mayPass: true);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new DeliveryException("The mail server could not be reached, or it hung up (see 'server', 'port' and 'implicitTls').", mayPass: true, silent: true);
        }
    }

    private static MailAddress AddressOf(string text) =>
        MailAddress.TryCreate(text, out var address) && address.Address.All(c => c is > ' ' and < '\x7f' and not '<' and not '>')
            ? address
            : throw new DeliveryException($"'{text}' is no e-mail address.", mayPass: false);

    private SslClientAuthenticationOptions TlsOf(string server)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = server };
        if (options.Value.CertificateAuthorities is not { } path) return tls;
        tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DeliveryException("Notifications__CertificateAuthorities names no file with certificates as PEM that can be read.", mayPass: true);
        }

        return tls;
    }
}
