using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.Core.Notifications;

/// <summary>One message to people: what happened to what, how urgent it is, and where to go from there. Every channel renders the same one.</summary>
public sealed partial record Notification
{
    /// <summary>Names the message: the same id is delivered once a channel. See <see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of message: <c>approval.requested</c>, <c>alert.raised</c>. Its first word is the topic that channels choose by.</summary>
    public required string Event { get; init; }

    /// <summary>What it is about: <c>models/flight-delay/3</c>, <c>endpoints/flight-delay</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The pipeline that it belongs to.</summary>
    public required string Pipeline { get; init; }

    /// <summary>How urgent it is.</summary>
    public required NotificationSeverity Severity { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>A few sentences, plain text.</summary>
    public required string Text { get; init; }

    /// <summary>Names and values, in the order in which they are shown. Default: none.</summary>
    public IReadOnlyList<NotificationFact> Facts { get; init; } = [];

    /// <summary>Where to read on or to act; the first is the most important. Default: none.</summary>
    public IReadOnlyList<NotificationLink> Links { get; init; } = [];

    /// <summary>The person it is for, as an e-mail address or a name; <see langword="null"/>: everybody whom a channel reaches.</summary>
    public string? Recipient { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The first word of <see cref="Event"/>: <c>approval</c>.</summary>
    public string Topic => Event.Split('.')[0];

    /// <summary>An id made of what tells a message from others: the same parts give the same id, and it is safe as a key and a file name.</summary>
    public static string IdOf(params IReadOnlyList<string> parts)
    {
        // Readable, and cut to a length that every store takes; the digest keeps different parts apart.
        var readable = NotInNames().Replace(string.Join('-', parts).ToLowerInvariant(), "-");
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
        return $"{(readable.Length > 100 ? readable[..100] : readable)}-{digest[..12]}";
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInNames();
}

/// <summary>A name and a value.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value, as people read it.</param>
public sealed record NotificationFact(string Name, string Value);

/// <summary>Somewhere to go.</summary>
/// <param name="Label">What one does there: <c>Review and decide</c>.</param>
/// <param name="Address">An absolute address, or a path of the API's host (<c>/api/runs/…</c>) that is completed when the message is sent.</param>
public sealed record NotificationLink(string Label, string Address)
{
    /// <summary>Id of the request for approval that the recipient decides on with this link: it is signed for them when the message is sent, and stored nowhere.</summary>
    public string? Approval { get; init; }
}

/// <summary>How urgent a message is, in rising order.</summary>
public enum NotificationSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Somebody should look at it.</summary>
    Warning,

    /// <summary>Somebody must act.</summary>
    Critical,
}
