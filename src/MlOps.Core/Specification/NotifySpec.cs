using System.Text.Json.Serialization;
using MlOps.Core.Notifications;

namespace MlOps.Core.Specification;

/// <summary>Whom a pipeline tells, and of what.</summary>
public sealed record NotifySpec
{
    /// <summary>The channels, in the order of the file.</summary>
    public IReadOnlyList<ChannelSpec> Channels { get; init; } = [];
}

/// <summary>A way to reach people. Secrets (addresses with tokens, passwords) are named, not held: they stand in the environment.</summary>
[JsonDerivedType(typeof(WebhookChannel), "webhook")]
[JsonDerivedType(typeof(TeamsChannel), "teams")]
[JsonDerivedType(typeof(SlackChannel), "slack")]
[JsonDerivedType(typeof(EmailChannel), "email")]
[JsonDerivedType(typeof(OutboxChannel), "outbox")]
public abstract record ChannelSpec
{
    /// <summary>How people call it; unique within a pipeline.</summary>
    public required string Name { get; init; }

    /// <summary>Topics (<c>approval</c>) or events (<c>alert.raised</c>) that it takes. Empty: all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>The least urgent message that it takes. Default: all.</summary>
    public NotificationSeverity Severity { get; init; } = NotificationSeverity.Info;

    /// <summary>Whether it reaches somebody: one person alone, or, for <see langword="null"/>, everybody it is for.</summary>
    public virtual bool Reaches(string? recipient) => recipient is null;

    /// <summary>Whether a message goes this way.</summary>
    public bool Takes(Notification message) =>
        message.Severity >= Severity
        && (Events.Count is 0 || Events.Contains(message.Topic, StringComparer.Ordinal) || Events.Contains(message.Event, StringComparer.Ordinal))
        && Reaches(message.Recipient);
}

/// <summary>A program: CloudEvents 1.0, structured JSON, over HTTP.</summary>
public sealed record WebhookChannel : ChannelSpec
{
    /// <summary>Environment variable that holds the address.</summary>
    public required string UrlFrom { get; init; }

    /// <summary>Environment variable that holds the key which signs requests (Standard Webhooks); <see langword="null"/>: unsigned.</summary>
    public string? SecretFrom { get; init; }
}

/// <summary>A Microsoft Teams channel or chat: an adaptive card, through a workflow's webhook.</summary>
public sealed record TeamsChannel : ChannelSpec
{
    /// <summary>Environment variable that holds the workflow's address.</summary>
    public required string UrlFrom { get; init; }
}

/// <summary>A Slack channel: Block Kit, through an incoming webhook.</summary>
public sealed record SlackChannel : ChannelSpec
{
    /// <summary>Environment variable that holds the webhook's address.</summary>
    public required string UrlFrom { get; init; }
}

/// <summary>E-mail over SMTP.</summary>
public sealed record EmailChannel : ChannelSpec
{
    /// <summary>Who gets messages that are for everybody; empty: only those that are for one person go this way.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>The SMTP server's name.</summary>
    public required string Server { get; init; }

    /// <summary>Its port. Default: 587, submission.</summary>
    public int Port { get; init; } = 587;

    /// <summary>Port of submission with TLS from the first byte (RFC 8314).</summary>
    public const int ImplicitTlsPort = 465;

    /// <summary>Whether the connection must be encrypted. Default: yes.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Whether it is encrypted from its first byte, rather than from STARTTLS on. Default: on port 465.</summary>
    public bool ImplicitTls { get => field || Port is ImplicitTlsPort; init; }

    /// <summary>User name at the server; <see langword="null"/>: no login.</summary>
    public string? User { get; init; }

    /// <summary>Environment variable that holds the password.</summary>
    public string? PasswordFrom { get; init; }

    /// <inheritdoc/>
    public override bool Reaches(string? recipient) => recipient?.Contains('@', StringComparison.Ordinal) ?? To.Count > 0;
}

/// <summary>Files below <c>outbox/</c>: what there is without any configuration.</summary>
public sealed record OutboxChannel : ChannelSpec
{
    /// <inheritdoc/>
    public override bool Reaches(string? recipient) => true;
}
