using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>What a workspace is asked to run. Data and output are folders of the system's own container; the command is the trainers' contract.</summary>
internal sealed class JobPayload(AzureMlOptions options, string workspaceId, AzureMlCompute compute, string runId, string pipeline, TimeSpan timeout)
{
    /// <summary>A job for one trial.</summary>
    public JsonObject Command(TrialRequest trial)
    {
        var folder = TrialResults.FolderOf(runId, trial.Trial);
        var inputs = Inputs(trial);
        inputs["spec"] = FileInput(folder + "spec.json");
        var properties = Common("Command", $"{runId} trial {trial.Trial}", new JsonObject { ["run"] = runId, ["pipeline"] = pipeline, ["trial"] = trial.Trial.ToString(CultureInfo.InvariantCulture) });
        properties["environmentId"] = options.EnvironmentId;
        properties["command"] = Line(trial, "${{inputs.spec}}", "${{outputs.model}}");
        properties["inputs"] = inputs;
        properties["outputs"] = new JsonObject { ["model"] = FolderOutput(folder + "out/") };
        properties["resources"] = new JsonObject { ["instanceCount"] = compute.Instances };
        properties["limits"] = new JsonObject { ["jobLimitsType"] = "Command", ["timeout"] = XmlConvert.ToString(timeout) };
        return properties;
    }

    /// <summary>
    /// One job for many trials that share a trainer. The points are those of our own plan: the sweep goes through their numbers, so that
    /// the same specification gives the same trials wherever it runs.
    /// </summary>
    public JsonObject Sweep(IReadOnlyList<TrialRequest> trials, SearchSpec search)
    {
        var folder = $"runs/{runId}/trials/";
        var inputs = Inputs(trials[0]);
        inputs["trials"] = FolderInput(folder);
        var properties = Common("Sweep", $"{runId} search", new JsonObject { ["run"] = runId, ["pipeline"] = pipeline });
        properties["trial"] = new JsonObject
        {
            ["command"] = Line(trials[0], "${{inputs.trials}}/${{search_space.trial}}/spec.json", "${{outputs.model}}/${{search_space.trial}}/out"),
            ["environmentId"] = options.EnvironmentId,
            ["resources"] = new JsonObject { ["instanceCount"] = compute.Instances },
        };
        properties["inputs"] = inputs;
        properties["outputs"] = new JsonObject { ["model"] = FolderOutput(folder) };
        properties["searchSpace"] = new JsonObject { ["trial"] = new JsonArray("choice", new JsonArray(new JsonArray([.. trials.Select(t => JsonValue.Create($"{t.Trial:D3}"))]))) };
        properties["samplingAlgorithm"] = new JsonObject { ["samplingAlgorithmType"] = "Grid" };
        properties["objective"] = new JsonObject { ["goal"] = search.Maximize ? "Maximize" : "Minimize", ["primaryMetric"] = search.Metric };
        properties["limits"] = new JsonObject
        {
            ["jobLimitsType"] = "Sweep",
            ["maxTotalTrials"] = trials.Count,
            ["maxConcurrentTrials"] = Math.Min(search.Parallel, trials.Count),
            ["trialTimeout"] = XmlConvert.ToString(timeout),
        };
        return properties;
    }

    private JsonObject Common(string type, string name, JsonObject tags)
    {
        var properties = new JsonObject
        {
            ["jobType"] = type,
            ["displayName"] = name,
            ["experimentName"] = pipeline,
            ["computeId"] = $"{workspaceId}/computes/{compute.Cluster ?? options.Cluster}",
            ["tags"] = tags,
        };
        properties["identity"] = new JsonObject { ["identityType"] = "Managed" };
        if (options.IdentityClientId.Length > 0) properties["identity"]!["clientId"] = options.IdentityClientId;
        return properties;
    }

    private JsonObject Inputs(TrialRequest trial)
    {
        var inputs = new JsonObject { ["data"] = FolderInput(trial.Features.Folder) };
        if (trial.Command is not null) inputs["code"] = FolderInput(TrialCode.FolderOf(runId));
        return inputs;
    }

    /// <summary>The contract's command line. All that it says is kept beside the model, where this side finds the reason of a failure.</summary>
    private static string Line(TrialRequest trial, string spec, string output)
    {
        var program = trial.Command is { } own
            ? $"cd ${{{{inputs.code}}}} && {string.Join(' ', own.Select(Quote))} --spec {spec} --data ${{{{inputs.data}}}} --out {output}"
            : $"mlops-trainer --spec {spec} --data ${{{{inputs.data}}}} --out {output} --progress {output}/{TrialProgress.FileName}";
        return $"set -o pipefail; mkdir -p {output} && ({program}) 2>&1 | tee {output}/{TrialLog.FileName}";
    }

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private JsonObject FolderInput(string folder) => new() { ["jobInputType"] = "uri_folder", ["mode"] = "ReadOnlyMount", ["uri"] = UriOf(folder) };

    private JsonObject FileInput(string blob) => new() { ["jobInputType"] = "uri_file", ["mode"] = "ReadOnlyMount", ["uri"] = UriOf(blob) };

    private JsonObject FolderOutput(string folder) => new() { ["jobOutputType"] = "uri_folder", ["mode"] = "ReadWriteMount", ["uri"] = UriOf(folder) };

    private string UriOf(string blob) => $"azureml://datastores/{options.Datastore}/paths/{blob}";
}
