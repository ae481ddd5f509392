using MlOps.Core.Notifications;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads the channels.</summary>
internal static class NotifyReader
{
    public static NotifySpec Read(Fields? fields, ProblemList problems)
    {
        var channels = new List<ChannelSpec>();
        foreach (var item in fields?.FindList("channels") ?? [])
        {
            var (kind, keys) = (Variant)item.Value;
            var channel = Read(kind, keys, problems);
            if (channels.Exists(c => c.Name == channel.Name))
                problems.Add(item.Position, $"two channels of 'notify.channels' are called '{channel.Name}'.", "Give one of them another 'name'.");
            channels.Add(channel);
        }
        return new NotifySpec { Channels = channels };
    }

    private static ChannelSpec Read(string kind, Fields keys, ProblemList problems)
    {
        var name = keys.Find<string>("name") ?? kind;
        ChannelSpec channel = kind switch
        {
            "webhook" => new WebhookChannel { Name = name, UrlFrom = keys.Find<string>("urlFrom") ?? "", SecretFrom = keys.Find<string>("secretFrom") },
            "teams" => new TeamsChannel { Name = name, UrlFrom = keys.Find<string>("urlFrom") ?? "" },
            "slack" => new SlackChannel { Name = name, UrlFrom = keys.Find<string>("urlFrom") ?? "" },
            "email" => ReadEmail(name, keys, problems),
            _ => new OutboxChannel { Name = name },
        };
        return channel with { Events = keys.Texts("events"), Severity = keys.FindValue<NotificationSeverity>("severity") ?? NotificationSeverity.Info };
    }

    private static EmailChannel ReadEmail(string name, Fields keys, ProblemList problems)
    {
        if (keys.Has("user") != keys.Has("passwordFrom"))
            problems.Add(keys.Position, $"'{keys.Path}' has only one of 'user' and 'passwordFrom'.", "Give both for a login, or neither.");
        return new()
        {
            Name = name,
            To = keys.Texts("to"),
            From = keys.Find<string>("from") ?? "",
            Server = keys.Find<string>("server") ?? "",
            Port = (int)(keys.FindValue<long>("port") ?? 587),
            Tls = keys.FindValue<bool>("tls") ?? true,
            ImplicitTls = keys.FindValue<bool>("implicitTls") ?? false,
            User = keys.Find<string>("user"),
            PasswordFrom = keys.Find<string>("passwordFrom"),
        };
    }
}
