using System.ComponentModel.DataAnnotations;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>The Azure Machine Learning workspace that trains: section <c>AzureMl</c>. Needed only by pipelines with <c>compute: azureml</c>.</summary>
public sealed record AzureMlOptions
{
    /// <summary>Subscription of the workspace.</summary>
    public string SubscriptionId { get; set; } = "";

    /// <summary>Resource group of the workspace.</summary>
    public string ResourceGroup { get; set; } = "";

    /// <summary>Name of the workspace.</summary>
    public string Workspace { get; set; } = "";

    /// <summary>Cluster for pipelines that name none.</summary>
    public string Cluster { get; set; } = "";

    /// <summary>ARM id of the environment version with the training image.</summary>
    public string EnvironmentId { get; set; } = "";

    /// <summary>Client id of the identity that jobs run as; empty: the cluster's own.</summary>
    public string IdentityClientId { get; set; } = "";

    /// <summary>Datastore of the workspace that is the blob container of this system.</summary>
    public string Datastore { get; set; } = "mlops";

    /// <summary>Azure Resource Manager.</summary>
    public Uri Endpoint { get; set; } = new("https://management.azure.com/");

    /// <summary>Wait before the first look at a job; each wait is half as long again, up to <see cref="LongestPollInterval"/>. Default: 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait between two looks at a job. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")] public TimeSpan LongestPollInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The settings that are missing before a job can be submitted, by the names under which they are set.</summary>
    /// <param name="cluster">The pipeline's cluster, or <see langword="null"/>.</param>
    internal IReadOnlyList<string> Missing(string? cluster)
    {
        (string Name, string Value)[] needed =
        [
            (nameof(SubscriptionId), SubscriptionId), (nameof(ResourceGroup), ResourceGroup), (nameof(Workspace), Workspace),
            (nameof(Cluster), cluster ?? Cluster), (nameof(EnvironmentId), EnvironmentId),
        ];
        return [.. needed.Where(n => n.Value.Length is 0).Select(n => $"AzureMl__{n.Name}")];
    }
}
