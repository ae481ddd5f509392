using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>One conversation with a mail server: RFC 5321, with STARTTLS (RFC 3207) or TLS from the first byte (RFC 8314).</summary>
/// <remarks>The framework's own client knows no TLS from the first byte, and waits for a silent server past its caller's patience.</remarks>
internal sealed class SmtpSession : IAsyncDisposable
{
    /// <summary>Longest answer that is read; an honest one has a few lines.</summary>
    private const int MostAnswer = 32 * 1024;

    private readonly TcpClient _connection;
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream;
    private (int Start, int End) _unread;
    private IReadOnlyList<string> _extensions = [];

    private SmtpSession(TcpClient connection) => (_connection, _stream) = (connection, connection.GetStream());

    /// <summary>Connects, encrypts as told, and greets.</summary>
    /// <exception cref="SmtpRefusalException">The server refused.</exception>
    public static async Task<SmtpSession> OpenAsync(string server, int port, SmtpEncryption encryption, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(server, port, cancellationToken);
            var session = new SmtpSession(socket);
            if (encryption is SmtpEncryption.Implicit) await session.EncryptAsync(tls, cancellationToken);
            await session.ExpectAsync(220, cancellationToken);
            await session.GreetAsync(cancellationToken);
            if (encryption is not SmtpEncryption.StartTls) return session;

            if (!session._extensions.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase)) throw new SmtpRefusalException(0, "offers no STARTTLS");
            await session.CommandAsync("STARTTLS", 220, cancellationToken);
            // What came in the clear behind the answer may be anybody's (CVE-2011-0411).
            if (session._unread.Start < session._unread.End) throw new SmtpRefusalException(0, "sent something in the clear behind its STARTTLS");
            await session.EncryptAsync(tls, cancellationToken);
            // What was said in the clear no longer counts.
            await session.GreetAsync(cancellationToken);
            return session;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Logs in, in the way that the server offers.</summary>
    public async Task LogInAsync(string user, string password, CancellationToken cancellationToken)
    {
        var offered = _extensions.FirstOrDefault(e => e.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?[5..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (offered.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            await CommandAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", 235, cancellationToken);
            return;
        }

        if (!offered.Contains("LOGIN", StringComparer.OrdinalIgnoreCase)) throw new SmtpRefusalException(0, "offers no login that is known here (PLAIN, LOGIN)");
        await CommandAsync("AUTH LOGIN", 334, cancellationToken);
        await CommandAsync(Base64(user), 334, cancellationToken);
        await CommandAsync(Base64(password), 235, cancellationToken);
    }

    /// <summary>Hands a mail over.</summary>
    /// <param name="from">Address of the sender.</param>
    /// <param name="to">Addresses of the recipients.</param>
    /// <param name="mail">Header and body; lines end with CR LF.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>Recipients that the server refused, where it took others.</returns>
    /// <exception cref="SmtpRefusalException">The server took the mail for nobody.</exception>
    public async Task<IReadOnlyList<string>> SendAsync(string from, IReadOnlyList<string> to, string mail, CancellationToken cancellationToken)
    {
        await CommandAsync($"MAIL FROM:<{from}>", 250, cancellationToken);
        var refusals = new List<(string To, SmtpRefusalException Why)>();
        foreach (var address in to)
        {
            try
            {
                await CommandAsync($"RCPT TO:<{address}>", 250, cancellationToken);
            }
            catch (SmtpRefusalException refusal) when (refusal.Code is >= 400 and not 421)
            {
                refusals.Add((address, refusal));
            }
        }

        if (refusals.Count == to.Count) throw refusals[0].Why;
        await CommandAsync("DATA", 354, cancellationToken);
        // A line that begins with a dot gets another, so that none looks like the end.
        var stuffed = mail.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await CommandAsync($"{(stuffed.StartsWith('.') ? "." : "")}{stuffed}\r\n.", 250, cancellationToken);
        return [.. refusals.Select(r => r.To)];
    }

    /// <summary>Says goodbye; whether the server hears it does not matter.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _stream.WriteAsync("QUIT\r\n"u8.ToArray(), patience.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The mail is there, or its failure was told: there is nothing left to lose.
        }

        await _stream.DisposeAsync();
        _connection.Dispose();
    }

    private async Task EncryptAsync(SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(_stream);
        _stream = encrypted;
        await encrypted.AuthenticateAsClientAsync(tls, cancellationToken);
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        var lines = await CommandAsync($"EHLO {NameOfThisHost()}", 250, cancellationToken);
        _extensions = [.. lines.Skip(1)];
    }

    /// <summary>A name as the protocol takes it; the address of the connection where the machine's has another form.</summary>
    private string NameOfThisHost() =>
        Environment.MachineName is { Length: > 0 and < 64 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
            ? name
            : $"[{((System.Net.IPEndPoint)_connection.Client.LocalEndPoint!).Address.MapToIPv4()}]";

    private async Task<IReadOnlyList<string>> CommandAsync(string command, int expected, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken);
        return await ExpectAsync(expected, cancellationToken);
    }

    /// <summary>The lines of an answer, without their code.</summary>
    private async Task<IReadOnlyList<string>> ExpectAsync(int expected, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var read = 0;
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken);
            if ((read += line.Length) > MostAnswer || line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), out var code)) throw new SmtpRefusalException(0, "does not speak SMTP");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] is '-') continue;
            // 251: it will be forwarded. Both are a yes.
            return code == expected || (expected is 250 && code is 251) ? lines : throw new SmtpRefusalException(code, $"answered {code}");
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            if (_unread.Start == _unread.End)
            {
                _unread = (0, await _stream.ReadAsync(_buffer, cancellationToken));
                if (_unread.End is 0) throw new IOException("The mail server hung up.");
            }

            var end = Array.IndexOf(_buffer, (byte)'\n', _unread.Start, _unread.End - _unread.Start);
            line.AddRange(_buffer.AsSpan(_unread.Start, (end < 0 ? _unread.End : end) - _unread.Start));
            if (line.Count > MostAnswer) throw new SmtpRefusalException(0, "does not speak SMTP");
            _unread.Start = end < 0 ? _unread.End : end + 1;
            if (end >= 0) return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>When a conversation with a mail server is encrypted.</summary>
internal enum SmtpEncryption
{
    /// <summary>Never.</summary>
    None,

    /// <summary>From STARTTLS on; without it nothing is sent.</summary>
    StartTls,

    /// <summary>From the first byte.</summary>
    Implicit,
}

/// <summary>A mail server said no.</summary>
/// <param name="code">Its answer's code; 0: it is no answer of the protocol, or lacks what is needed.</param>
/// <param name="what">What it did, as the end of a sentence.</param>
internal sealed class SmtpRefusalException(int code, string what) : Exception($"The mail server {what}.")
{
    public int Code { get; } = code;
}
