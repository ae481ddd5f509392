using System.Text.Json.Serialization;

namespace MlOps.Core.Specification;

/// <summary>Where trials are trained: a closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LocalCompute), "local")]
[JsonDerivedType(typeof(AzureMlCompute), "azureml")]
public abstract record TrainingCompute
{
    private protected TrainingCompute()
    {
    }
}

/// <summary>A child process on the control plane's own machine.</summary>
public sealed record LocalCompute : TrainingCompute;

/// <summary>Jobs on a cluster of Azure Machine Learning.</summary>
public sealed record AzureMlCompute : TrainingCompute
{
    /// <summary>Name of the cluster; <see langword="null"/>: the one that the control plane is set up with.</summary>
    public string? Cluster { get; init; }

    /// <summary>Machines for one trial, 1 to 100. Default: 1.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>From how many trials on a search is submitted as one sweep job instead of a job a trial. Default: 20.</summary>
    public int SweepFrom { get; init; } = 20;
}
