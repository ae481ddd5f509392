using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>Where training runs, as <see cref="TrainingCompute"/>: <c>local</c>, <c>azureml</c>, or <c>azureml</c> with its particulars.</summary>
internal sealed record ComputeShape : ValueShape
{
    private static readonly WordShape s_words = new(
        new("local", new LocalCompute(), "A child process on this machine."),
        new("azureml", new AzureMlCompute(), "Jobs on a cluster of Azure Machine Learning, as the control plane is set up."));

    private static readonly ObjectShape s_particulars = new(null,
        new KeyShape("azureml", new ObjectShape(null,
            new("cluster", new TextShape(), "Name of the cluster. Default: the one that the control plane is set up with."),
            new("instances", new NumberShape { Whole = true, Min = 1, Max = 100 }, "Machines for one trial.") { Default = "1" },
            new("sweepFrom", new NumberShape { Whole = true, Min = 1, Max = 1000 }, "From how many trials on a search is one sweep job instead of a job a trial.") { Default = "20" }),
            "Jobs on a cluster of Azure Machine Learning.") { Required = true });

    protected override string Expected => "local, azureml, or a mapping such as { azureml: { cluster: gpu } }";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlMap) return s_words.Read(node, path, problems);
        if ((s_particulars.Read(node, path, problems) as Fields)?.Find<Fields>("azureml") is not { } fields) return null;
        var unset = new AzureMlCompute();
        return unset with
        {
            Cluster = fields.Find<string>("cluster"),
            Instances = (int)(fields.FindValue<long>("instances") ?? unset.Instances),
            SweepFrom = (int)(fields.FindValue<long>("sweepFrom") ?? unset.SweepFrom),
        };
    }

    public override JsonObject Schema() => new() { ["oneOf"] = new JsonArray(s_words.Schema(), s_particulars.Schema()) };
}
