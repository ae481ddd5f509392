using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using MlOps.Core.Notifications;
using MlOps.Core.Notifications.Formats;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Sends messages over SMTP.</summary>
internal sealed class EmailDelivery(ChannelSecrets secrets)
{
    public async Task SendAsync(EmailChannel channel, Notification message, CancellationToken cancellationToken)
    {
        using var mail = MailOf(channel, message);
        using var client = new SmtpClient(channel.Server, channel.Port) { EnableSsl = channel.Tls };
        if (channel is { User: { } user, PasswordFrom: { } password }) client.Credentials = new NetworkCredential(user, secrets.Find(password));
        try
        {
            // The client does not heed cancellation while it connects; whoever waits must not depend on it.
            await client.SendMailAsync(mail, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (SmtpFailedRecipientException refused)
        {
            throw new DeliveryException($"The mail server refused the recipient: {refused.StatusCode}.", MayPass(refused.StatusCode));
        }
        catch (SmtpException failure)
        {
            throw failure.StatusCode is SmtpStatusCode.GeneralFailure
                ? new DeliveryException("The mail server could not be reached, or it does not speak SMTP as configured (see 'tls' and 'port').", mayPass: true, silent: true)
                : new DeliveryException($"The mail server answered {failure.StatusCode}.", MayPass(failure.StatusCode));
        }
    }

    private static MailMessage MailOf(EmailChannel channel, Notification message)
    {
        var mail = new MailMessage { From = new MailAddress(channel.From), Subject = EmailFormat.Subject(message), SubjectEncoding = Encoding.UTF8 };
        foreach (var to in message.Recipient is { } one ? [one] : channel.To)
        {
            if (!MailAddress.TryCreate(to, out var address))
                throw new DeliveryException($"'{to}' is no e-mail address.", mayPass: false);
            mail.To.Add(address);
        }

        if (mail.To.Count is 0) throw new DeliveryException("The channel has no 'to', and the message is for nobody in particular.", mayPass: false);
        // The same message sent again after a crash is recognised by its id; and no out-of-office note comes back.
        mail.Headers["Message-ID"] = $"<{message.Id}@{mail.From.Host}>";
        mail.Headers["Auto-Submitted"] = "auto-generated";
        mail.Body = EmailFormat.Text(message);
        mail.BodyEncoding = Encoding.UTF8;
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(EmailFormat.Html(message), Encoding.UTF8, MediaTypeNames.Text.Html));
        return mail;
    }

    // Codes of 500 and above are final answers.
    private static bool MayPass(SmtpStatusCode status) => (int)status < 500;
}
