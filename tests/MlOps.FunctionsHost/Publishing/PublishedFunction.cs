using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NCrontab;

namespace MlOps.FunctionsHost.Publishing;

/// <summary>A function as its function.json describes it.</summary>
internal sealed partial record PublishedFunction(string Name, JsonObject Trigger, IReadOnlyList<JsonObject> Bindings)
{
    // What the host's binding reader knows; a key that is misspelt would be ignored in silence.
    private static readonly Dictionary<string, string[]> s_knownKeys = new(StringComparer.Ordinal)
    {
        ["orchestrationTrigger"] = [],
        ["activityTrigger"] = [],
        ["timerTrigger"] = ["schedule", "runOnStartup", "useMonitor"],
        ["eventGridTrigger"] = [],
        ["httpTrigger"] = ["authLevel", "methods", "route", "webHookType"],
        ["http"] = [],
        ["durableClient"] = ["taskHub", "connectionName", "externalClient"],
    };

    public string TriggerType => (string)Trigger["type"]!;

    public string TriggerName => (string)Trigger["name"]!;

    public bool HasDurableClient => Bindings.Any(b => (string)b["type"]! == "durableClient");

    /// <summary>Whether requests are passed on raw: an HTTP trigger, an HTTP answer, and nothing else.</summary>
    public bool IsProxied => TriggerType is "httpTrigger" && Bindings.All(b => (string)b["type"]! is "httpTrigger" or "http");

    public static PublishedFunction Read(string file)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(file)!);
        Require(ValidName().IsMatch(name), name, "its folder's name cannot be a function's");
        var root = JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw Broken(name, "function.json is no object");
        Require(root.Select(p => p.Key).SequenceEqual(["bindings"]), name, $"function.json has the keys {string.Join(", ", root.Select(p => p.Key))}");
        var bindings = ((JsonArray)root["bindings"]!).Cast<JsonObject>().ToList();
        foreach (var binding in bindings) CheckBinding(name, binding);
        var triggers = bindings.FindAll(b => ((string)b["type"]!).EndsWith("Trigger", StringComparison.Ordinal));
        Require(triggers.Count is 1, name, $"it has {triggers.Count} triggers");
        Require(bindings.Select(b => (string)b["name"]!).Distinct(StringComparer.OrdinalIgnoreCase).Count() == bindings.Count, name, "two bindings have one name");
        return new(name, triggers[0], bindings);
    }

    private static void CheckBinding(string function, JsonObject binding)
    {
        var type = (string?)binding["type"] ?? throw Broken(function, "a binding has no type");
        Require(s_knownKeys.TryGetValue(type, out var known), function, $"nobody here knows bindings of type '{type}'");
        Require(binding.Select(p => p.Key).Except(["name", "type", "direction", .. known!]).ToList() is [], function, $"its {type} has unknown keys");
        Require((string?)binding["direction"] == (type is "http" ? "out" : "in"), function, $"its {type} has direction '{binding["direction"]}'");
        var name = (string?)binding["name"] ?? "";
        Require(BindingName().IsMatch(name) || (name is "$return" && type is "http"), function, $"its {type} has the name '{name}'");
        if (type is "timerTrigger")
            Require(CrontabSchedule.TryParse((string?)binding["schedule"], new CrontabSchedule.ParseOptions { IncludingSeconds = true }) is not null, function, $"its schedule '{binding["schedule"]}' cannot be read");
        if (type is "httpTrigger") CheckHttp(function, binding);
    }

    private static void CheckHttp(string function, JsonObject binding)
    {
        Require((string?)binding["authLevel"] is "anonymous" or "function" or "admin", function, $"its authLevel is '{binding["authLevel"]}'");
        Require(binding["methods"] is JsonArray { Count: > 0 } methods && methods.All(m => (string)m! is "get" or "head" or "post" or "put" or "patch" or "delete" or "options"), function, "its methods are not those of HTTP");
        Require((string?)binding["route"] is { Length: > 0 } route && !route.StartsWith('/'), function, $"its route is '{binding["route"]}'");
    }

    private static void Require(bool holds, string function, string problem)
    {
        if (!holds) throw Broken(function, problem);
    }

    private static HostRuleException Broken(string function, string problem) => new($"Function '{function}': {problem}.");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]{0,126}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidName();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{0,127}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BindingName();
}
