using MlOps.Core.Notifications;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Notifications;

/// <summary>A channel of the host, for every pipeline: the keys of <c>notify.channels</c>, as settings.</summary>
public sealed record ChannelOptions
{
    /// <summary><c>webhook</c>, <c>teams</c>, <c>slack</c>, <c>email</c> or <c>outbox</c>.</summary>
    public string Channel { get; set; } = "";

    /// <summary>How people call it. Default: the kind of channel.</summary>
    public string? Name { get; set; }

    /// <summary>Topics or events that it takes. Default: all.</summary>
    public IList<string> Events { get; } = [];

    /// <summary>The least urgent message that it takes.</summary>
    public NotificationSeverity Severity { get; set; }

    /// <summary>Setting that holds the address; webhook, teams, slack.</summary>
    public string? UrlFrom { get; set; }

    /// <summary>Setting that holds the key which signs requests; webhook.</summary>
    public string? SecretFrom { get; set; }

    /// <summary>Who gets messages that are for everybody; email.</summary>
    public IList<string> To { get; } = [];

    /// <summary>The sender; email.</summary>
    public string? From { get; set; }

    /// <summary>The SMTP server; email.</summary>
    public string? Server { get; set; }

    /// <summary>Its port; email. Default: 587.</summary>
    public int Port { get; set; } = 587;

    /// <summary>Whether the connection must be encrypted; email. Default: yes.</summary>
    public bool Tls { get; set; } = true;

    /// <summary>Whether it is encrypted from its first byte; email. Port 465 always is.</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>User name at the server; email.</summary>
    public string? User { get; set; }

    /// <summary>Setting that holds the password; email.</summary>
    public string? PasswordFrom { get; set; }

    /// <summary>Whether it is complete.</summary>
    internal bool IsUsable => Channel switch
    {
        "webhook" or "teams" or "slack" => UrlFrom is { Length: > 0 },
        "email" => From is { Length: > 0 } && Server is { Length: > 0 },
        _ => Channel is "outbox",
    };

    internal ChannelSpec ToSpec()
    {
        // Names of a pipeline's own channels and of the host's must not meet.
        var name = $"host/{Name ?? Channel}";
        ChannelSpec spec = Channel switch
        {
            "webhook" => new WebhookChannel { Name = name, UrlFrom = UrlFrom!, SecretFrom = SecretFrom },
            "teams" => new TeamsChannel { Name = name, UrlFrom = UrlFrom! },
            "slack" => new SlackChannel { Name = name, UrlFrom = UrlFrom! },
            "email" => new EmailChannel { Name = name, To = [.. To], From = From!, Server = Server!, Port = Port, Tls = Tls, ImplicitTls = ImplicitTls, User = User, PasswordFrom = PasswordFrom },
            _ => new OutboxChannel { Name = name },
        };
        return spec with { Events = [.. Events], Severity = Severity };
    }
}
