using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using YamlDotNet.RepresentationModel;

namespace MlOps.Cli.Replay;

/// <summary>
/// The pipeline as it is replayed: what it trains, checks and watches is its own; arrivals wait, alerts start runs, anybody approves, nobody
/// is told, and the replay says when monitors look.
/// </summary>
internal static class ReplayWorkflow
{
    private const string Yearly = "0 0 0 1 1 *";

    /// <summary>Copies a workflow's folder into another repository, with its file changed.</summary>
    /// <returns>The pipeline as it is replayed.</returns>
    /// <exception cref="CommandException">There is no such pipeline, or nothing in it would call for retraining.</exception>
    public static PipelineSpec Copy(string repository, string target, ReplayPlan plan)
    {
        var from = Path.Combine(repository, "workflows", plan.Pipeline);
        var file = Path.Combine(from, "pipeline.yaml");
        if (!File.Exists(file)) throw CommandException.BadInput($"There is no pipeline '{plan.Pipeline}': {file} is missing.");
        var own = PipelineSpecReader.Read(File.ReadAllBytes(file), file);
        RequireReplayable(own, file);

        var to = Path.Combine(target, "workflows", plan.Pipeline);
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
        var changed = Change(File.ReadAllText(file), plan.Gate ?? DefaultGate(own));
        File.WriteAllText(Path.Combine(to, "pipeline.yaml"), changed);
        return PipelineSpecReader.Read(changed, "the replayed pipeline.yaml");
    }

    /// <summary>The column that says when a row was.</summary>
    public static string? TimeOf(PipelineSpec spec) => spec.Monitors.Log.Time ?? spec.Features.Split.Column;

    private static string DefaultGate(PipelineSpec spec)
    {
        var (metric, more) = (spec.Training.Search.Metric, spec.Training.Search.Maximize);
        return $"{metric} {(more ? '>' : '<')} champion.{metric} with 95% confidence";
    }

    private static void RequireReplayable(PipelineSpec spec, string file)
    {
        if (spec.Example is null) throw CommandException.BadInput($"{file} has no 'example': a replay needs data of the past.");
        if (TimeOf(spec) is null) throw CommandException.BadInput($"{file} has neither 'monitors.log.time' nor 'features.split.column': name the column that says when what is predicted happens.");
        if (spec.Monitors.Monitors.Count is 0) throw CommandException.BadInput($"{file} declares no monitors: nothing would ask for a new model.");
        if (spec.Triggers is { Drift: null, Performance: null, Staleness: null })
            throw CommandException.BadInput($"{file} has none of 'triggers.drift', 'triggers.performance' and 'triggers.staleness': no alert would start a run.");
    }

    private static string Change(string text, string gate)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var triggers = (YamlMappingNode)root.Children["triggers"];
        triggers.Children.Remove("schedule");
        triggers.Children["onArrival"] = "wait";
        var monitors = (YamlMappingNode)root.Children["monitors"];
        foreach (var monitor in monitors.Children.Values.OfType<YamlMappingNode>()) monitor.Children.Remove("schedule");
        monitors.Children["schedule"] = Yearly;
        var gates = root.Children.TryGetValue("gates", out var declared) ? (YamlSequenceNode)declared : new YamlSequenceNode();
        if (!gates.Children.Contains(gate)) gates.Add(gate);
        root.Children["gates"] = gates;
        // Somebody decides, so that approval is replayed too; who, is the replay's own affair. Roll-outs by the clock would take as long as they say.
        root.Children["approval"] = new YamlMappingNode("timeout", "72h", "onTimeout", "reject");
        if (root.Children.TryGetValue("release", out var release) && release is YamlMappingNode keys)
        {
            foreach (var key in keys.Children.Keys.Where(k => k.ToString() is not ("endpoint" or "inputs")).ToList()) keys.Children.Remove(key);
        }
        root.Children.Remove("notify");
        using var writer = new StringWriter();
        yaml.Save(writer, assignAnchors: false);
        return writer.ToString();
    }
}
