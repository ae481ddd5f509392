using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlOps.FunctionsHost.Publishing;

/// <summary>A published application: its host.json and its function.json files, read as strictly as a host that forgives nothing.</summary>
internal sealed partial class PublishedApp
{
    private static readonly string[] s_knownSections = ["version", "extensionBundle", "customHandler", "functionTimeout", "extensions", "logging"];

    private PublishedApp(string folder, string executable, IReadOnlyList<string> arguments, string taskHub, IReadOnlyList<PublishedFunction> functions) =>
        (Folder, Executable, Arguments, TaskHub, Functions) = (folder, executable, arguments, taskHub, functions);

    public string Folder { get; }

    public string Executable { get; }

    public IReadOnlyList<string> Arguments { get; }

    public string TaskHub { get; }

    public IReadOnlyList<PublishedFunction> Functions { get; }

    public static PublishedApp Read(string folder)
    {
        var host = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "host.json"))) as JsonObject ?? throw new HostRuleException("host.json is no object.");
        Require(host.Select(p => p.Key).Except(s_knownSections).ToList() is [], "host.json has sections that a host does not know");
        Require((string?)host["version"] is "2.0", "host.json's version is not 2.0");
        var bundle = host["extensionBundle"];
        Require((string?)bundle?["id"] is "Microsoft.Azure.Functions.ExtensionBundle" && BundleRange().IsMatch((string?)bundle["version"] ?? ""), "host.json names no extension bundle");
        var handler = host["customHandler"];
        Require((bool?)handler?["enableProxyingHttpRequest"] is true && handler["enableForwardingHttpRequest"] is null, "HTTP requests are not proxied");
        Require((string?)host["extensions"]?["http"]?["routePrefix"] is "", "routes have a prefix, which the application's own paths have not");
        var description = (JsonObject?)handler!["description"] ?? throw new HostRuleException("customHandler has no description.");
        var executable = Path.Combine(folder, (string)description["defaultExecutablePath"]!);
        Require(File.Exists(executable) && (OperatingSystem.IsWindows() || File.GetUnixFileMode(executable).HasFlag(UnixFileMode.UserExecute)), $"{executable} is no program");

        var functions = Directory.EnumerateDirectories(folder).Select(f => Path.Combine(f, "function.json")).Where(File.Exists).Order(StringComparer.Ordinal).Select(PublishedFunction.Read).ToList();
        Require(functions.Select(f => f.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() == functions.Count, "two functions have one name");
        var hub = (string?)host["extensions"]?["durableTask"]?["hubName"] ?? "";
        Require(HubName().IsMatch(hub), $"the task hub's name is '{hub}'");
        return new(folder, executable, [.. ((JsonArray?)description["arguments"] ?? []).Select(a => (string)a!)], hub, functions);
    }

    public PublishedFunction Function(string name, string trigger) =>
        Functions.FirstOrDefault(f => f.Name == name && f.TriggerType == trigger) ?? throw new HostRuleException($"There is no function '{name}' with a trigger of type {trigger}.");

    private static void Require(bool holds, string problem)
    {
        if (!holds) throw new HostRuleException($"{problem}.");
    }

    [GeneratedRegex(@"^\[[0-9.*]+, ?[0-9.]+\)\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BundleRange();

    // Azure Storage's rule for names of tables and queues made of it.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{2,44}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HubName();
}
