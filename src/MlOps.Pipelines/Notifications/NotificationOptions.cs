using System.ComponentModel.DataAnnotations;

namespace MlOps.Pipelines.Notifications;

/// <summary>How messages leave this host. Bound to the section <c>Notifications</c>.</summary>
public sealed record NotificationOptions
{
    /// <summary>Address that people reach this host at, for links in messages. Default: the one that it listens on.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>How long a target may take to answer, 1 second to 1 minute. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a target that does not answer is left alone, up to 10 minutes. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a delivery is tried, 1 to 20. Default: 8, over about a day.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 8;

    /// <summary>Wait after the first attempt; each further one is four times as long, up to 12 hours. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>PEM file with the certificate authorities that mail servers are trusted by, where it is not those of the system.</summary>
    public string? CertificateAuthorities { get; set; }

    /// <summary>How long a message is kept once every channel has taken it, 1 day or more. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36500.00:00:00")]
    public TimeSpan KeepDelivered { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a message is kept that a channel failed to take, 1 day or more. Default: 365 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36500.00:00:00")]
    public TimeSpan KeepFailed { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Channels for every pipeline, beside the pipeline's own. Default: none.</summary>
    public IList<ChannelOptions> Channels { get; } = [];
}
