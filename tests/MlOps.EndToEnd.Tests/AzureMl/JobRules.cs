using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;

namespace MlOps.EndToEnd.Tests.AzureMl;

/// <summary>What the documented payload of a job allows (Microsoft.MachineLearningServices 2024-10-01, CommandJob and SweepJob).</summary>
internal static partial class JobRules
{
    private static readonly string[] s_common =
        ["jobType", "displayName", "description", "experimentName", "computeId", "identity", "inputs", "outputs", "tags", "properties", "limits", "queueSettings", "services", "isArchived", "notificationSetting", "componentId"];

    private static readonly string[] s_command = [.. s_common, "command", "environmentId", "codeId", "environmentVariables", "resources", "distribution"];
    private static readonly string[] s_sweep = [.. s_common, "trial", "searchSpace", "samplingAlgorithm", "objective", "earlyTermination"];
    private static readonly string[] s_trial = ["command", "environmentId", "codeId", "environmentVariables", "resources", "distribution"];

    /// <summary>What is wrong with a job, or <see langword="null"/>.</summary>
    public static string? ProblemOf(string id, JsonNode? body)
    {
        if (!JobName().IsMatch(id)) return $"'{id}' is no name of a job";
        if (body?["properties"] is not JsonObject job || body.AsObject().Count is not 1) return "the body must be {\"properties\":{…}}";
        return (string?)job["jobType"] switch
        {
            "Command" => CommonProblem(job, s_command) ?? ComponentProblem(job, job) ?? LimitsProblem(job, "Command", "timeout"),
            "Sweep" => CommonProblem(job, s_sweep) ?? SweepProblem(job),
            var other => $"jobType '{other}'",
        };
    }

    private static string? CommonProblem(JsonObject job, string[] known) =>
        Unknown(job, known)
        ?? (ClusterId().IsMatch((string?)job["computeId"] ?? "") ? null : "computeId is no ARM id of a compute")
        ?? (job["tags"]?.AsObject().Any(t => t.Value?.GetValueKind() is not JsonValueKind.String) is true ? "tags must be texts" : null)
        ?? (job["identity"] is JsonObject identity && (string?)identity["identityType"] is not ("Managed" or "AMLToken" or "UserIdentity") ? "identityType" : null)
        ?? job["inputs"]?.AsObject().Select(i => BindingProblem(i.Key, i.Value, "jobInputType", ["ReadOnlyMount", "Download", "Direct"])).FirstOrDefault(p => p is not null)
        ?? job["outputs"]?.AsObject().Select(o => BindingProblem(o.Key, o.Value, "jobOutputType", ["ReadWriteMount", "Upload", "Direct"])).FirstOrDefault(p => p is not null);

    private static string? ComponentProblem(JsonObject component, JsonObject job)
    {
        if (!EnvironmentId().IsMatch((string?)component["environmentId"] ?? "")) return "environmentId is no ARM id of an environment version";
        if ((string?)component["command"] is not { Length: > 0 } command) return "command is missing";
        if (component["resources"]?["instanceCount"] is { } count && (int)count < 1) return "instanceCount";
        foreach (Match use in Placeholder().Matches(command))
        {
            var (kind, name) = (use.Groups["kind"].Value, use.Groups["name"].Value);
            var declared = kind is "search_space" ? job["searchSpace"] : job[kind];
            if (declared?[name] is null) return $"the command uses {use.Value}, which is not declared";
        }

        return null;
    }

    private static string? SweepProblem(JsonObject job)
    {
        if (job["trial"] is not JsonObject trial) return "trial is missing";
        var algorithm = (string?)job["samplingAlgorithm"]?["samplingAlgorithmType"];
        if (algorithm is not ("Random" or "Grid" or "Bayesian")) return "samplingAlgorithmType";
        if (job["searchSpace"] is not JsonObject { Count: > 0 } space) return "searchSpace is missing";
        if (algorithm is "Grid" && space.Any(p => p.Value is not JsonArray { Count: 2 } a || (string?)a[0] != "choice" || a[1] is not JsonArray { Count: 1 } choices || choices[0] is not JsonArray { Count: > 0 }))
            return "Grid takes only choices: [\"choice\", [[…]]]";
        if ((string?)job["objective"]?["goal"] is not ("Maximize" or "Minimize") || (string?)job["objective"]?["primaryMetric"] is not { Length: > 0 }) return "objective";
        return Unknown(trial, s_trial) ?? ComponentProblem(trial, job) ?? LimitsProblem(job, "Sweep", "trialTimeout");
    }

    private static string? LimitsProblem(JsonObject job, string type, string timeout)
    {
        if (job["limits"] is not JsonObject limits) return null;
        if ((string?)limits["jobLimitsType"] != type) return "jobLimitsType";
        try
        {
            return XmlConvert.ToTimeSpan((string)limits[timeout]!) > TimeSpan.Zero ? null : timeout;
        }
        catch (FormatException)
        {
            return $"{timeout} is no ISO 8601 duration";
        }
    }

    private static string? BindingProblem(string name, JsonNode? binding, string type, string[] modes) =>
        (string?)binding?[type] switch
        {
            "literal" => binding["value"] is null ? $"{name}: value" : null,
            "uri_folder" or "uri_file" when !DatastoreUri().IsMatch((string?)binding["uri"] ?? "") => $"{name}: uri",
            "uri_folder" or "uri_file" => modes.Contains((string?)binding["mode"], StringComparer.Ordinal) ? Unknown(binding.AsObject(), [type, "mode", "uri", "description"]) : $"{name}: mode",
            var other => $"{name}: {type} '{other}'",
        };

    private static string? Unknown(JsonObject given, string[] known) =>
        given.Select(p => p.Key).FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } extra ? $"'{extra}' is not a property" : null;

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,254}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JobName();

    [GeneratedRegex(@"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices/workspaces/[^/]+/computes/[A-Za-z][A-Za-z0-9-]*\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClusterId();

    [GeneratedRegex(@"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.MachineLearningServices/workspaces/[^/]+/environments/[^/]+/versions/[^/]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EnvironmentId();

    [GeneratedRegex(@"^azureml://datastores/[A-Za-z0-9_]+/paths/\S+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DatastoreUri();

    [GeneratedRegex(@"\$\{\{(?<kind>inputs|outputs|search_space)\.(?<name>[A-Za-z0-9_]+)\}\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
