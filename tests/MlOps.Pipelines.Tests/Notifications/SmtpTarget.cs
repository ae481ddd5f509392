using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MlOps.Pipelines.Tests.Notifications;

/// <summary>A mail server on this machine, as far as RFC 5321 needs one for a mail to arrive.</summary>
internal sealed class SmtpTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly string _answerToRecipient;
    private readonly X509Certificate2? _certificate;
    private readonly bool _implicit;

    /// <param name="answerToRecipient">What it says to each recipient.</param>
    /// <param name="certificate">Its certificate; <see langword="null"/>: it knows no TLS.</param>
    /// <param name="isImplicit">Whether it speaks TLS from the first byte, rather than from STARTTLS on.</param>
    public SmtpTarget(string answerToRecipient = "250 OK", X509Certificate2? certificate = null, bool isImplicit = false)
    {
        (_answerToRecipient, _certificate, _implicit) = (answerToRecipient, certificate, isImplicit);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Recipients and text of each mail.</summary>
    public ConcurrentQueue<(IReadOnlyList<string> To, string Text)> Mails { get; } = new();

    /// <summary>Everything that came before it was encrypted.</summary>
    public ConcurrentQueue<string> InTheClear { get; } = new();

    /// <summary>What logins gave.</summary>
    public ConcurrentQueue<string> Logins { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                try
                {
                    await TalkAsync(client);
                }
                catch (Exception error) when (error is IOException or AuthenticationException)
                {
                    // Clients may hang up without waiting for the goodbye, and at once where they do not trust the certificate.
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        Stream stream = client.GetStream();
        if (_implicit) stream = await EncryptAsync(stream);
        var lines = new Lines(stream, _stop.Token);
        await lines.WriteAsync("220 test");
        var to = new List<string>();
        while (await lines.ReadAsync() is { } line)
        {
            if (stream is not SslStream) InTheClear.Enqueue(line);
            switch (line.Split(' ', ':')[0])
            {
                case "EHLO":
                    await lines.WriteAsync("250-test greets you\r\n250-8BITMIME\r\n" + (_certificate is not null && stream is not SslStream ? "250 STARTTLS" : "250 AUTH LOGIN PLAIN"));
                    break;
                case "STARTTLS":
                    await lines.WriteAsync("220 go on");
                    lines = new Lines(stream = await EncryptAsync(stream), _stop.Token);
                    break;
                case "AUTH":
                    Logins.Enqueue(line);
                    await lines.WriteAsync("235 welcome");
                    break;
                case "RCPT":
                    to.Add(line[9..^1]);
                    await lines.WriteAsync(_answerToRecipient);
                    break;
                case "DATA":
                    await lines.WriteAsync("354 go on");
                    var text = new StringBuilder();
                    while (await lines.ReadAsync() is { } content && content is not ".") text.Append(content.StartsWith('.') ? content[1..] : content).Append('\n');
                    Mails.Enqueue((to, text.ToString()));
                    await lines.WriteAsync("250 OK");
                    break;
                case "QUIT":
                    await lines.WriteAsync("221 bye");
                    return;
                default:
                    await lines.WriteAsync("250 OK");
                    break;
            }
        }
    }

    private async Task<SslStream> EncryptAsync(Stream stream)
    {
        var encrypted = new SslStream(stream);
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return encrypted;
    }

    /// <summary>Reads byte by byte: nothing of what is encrypted may be read before it is decrypted.</summary>
    private sealed class Lines(Stream stream, CancellationToken cancellationToken)
    {
        public async Task<string?> ReadAsync()
        {
            var line = new List<byte>();
            var next = new byte[1];
            while (await stream.ReadAsync(next, cancellationToken) > 0)
            {
                if (next[0] is (byte)'\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
                line.Add(next[0]);
            }

            return null;
        }

        public async Task WriteAsync(string line) => await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken);
    }
}
