using System.Text.RegularExpressions;
using MlOps.Infra.Tests.Bicep;
using YamlDotNet.RepresentationModel;

namespace MlOps.Infra.Tests;

/// <summary>azure.yaml, its hooks and the template speak of the same things.</summary>
public sealed partial class AzureYamlTests
{
    private static readonly YamlMappingNode s_root = Load();
    private static readonly BicepFile s_main = BicepParser.Read(Path.Combine(RepositoryFiles.Infra, "main.bicep"));

    /// <summary>What azd itself sets or reads, and what a user sets for the template.</summary>
    private static readonly string[] s_knownToAzd = ["AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_RESOURCE_GROUP", "AZURE_CONTAINER_REGISTRY_ENDPOINT", "AZURE_CONTAINER_ENVIRONMENT_NAME", "SERVICE_SERVING_IMAGE_NAME"];

    private static readonly string[] s_commands =
        [.. Mapping(s_root, "hooks").Children.Values.SelectMany(h => ((YamlMappingNode)h).Children.Values).Select(shell => Text((YamlMappingNode)shell, "run"))];

    public static TheoryData<string> Hooks => [.. s_commands];

    [Fact]
    public void Each_service_is_a_resource_that_bears_its_name()
    {
        var tags = Directory.EnumerateFiles(RepositoryFiles.Infra, "*.bicep", SearchOption.AllDirectories).SelectMany(f => ServiceTag().Matches(File.ReadAllText(f)).Select(m => m.Groups["name"].Value));
        Assert.Equal(Mapping(s_root, "services").Children.Keys.Select(k => ((YamlScalarNode)k).Value!).Order(StringComparer.Ordinal), tags.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_service_has_its_project_and_its_image_file()
    {
        foreach (var service in Mapping(s_root, "services").Children.Values.Cast<YamlMappingNode>())
        {
            var project = RepositoryFiles.Of(Text(service, "project"));
            Assert.True(Directory.Exists(project), project);
            if (service.Children.TryGetValue("docker", out var docker)) Assert.True(File.Exists(Path.Combine(project, Text((YamlMappingNode)docker, "path"))));
            else Assert.Single(Directory.EnumerateFiles(project, "*.csproj"));
        }
    }

    [Theory]
    [MemberData(nameof(Hooks))]
    public void Each_hook_is_a_script_that_can_be_run_and_uses_only_values_that_are_there(string run)
    {
        var path = RepositoryFiles.Of(run.Split(' ')[^1]);
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute), $"{path} cannot be executed");
        var outputs = s_main.Of(DeclarationKind.Output).Select(o => o.Name);
        var parameters = EnvironmentValue().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Infra, "main.parameters.json"))).Select(m => m.Groups["name"].Value);
        var used = EnvironmentValue().Matches(File.ReadAllText(path)).Select(m => m.Groups["name"].Value).Where(n => n.StartsWith("AZURE_", StringComparison.Ordinal) || n.StartsWith("MLOPS_", StringComparison.Ordinal));
        Assert.Empty(used.Except([.. outputs, .. parameters, .. s_knownToAzd], StringComparer.Ordinal));
    }

    [Fact]
    public void Each_output_of_the_template_is_read_by_azd_by_a_hook_or_by_the_documentation()
    {
        var readers = s_commands.Select(c => File.ReadAllText(RepositoryFiles.Of(c.Split(' ')[^1]))).Append(File.ReadAllText(RepositoryFiles.Of("docs/DEPLOYMENT.md"))).ToList();
        Assert.All(
            s_main.Of(DeclarationKind.Output).Select(o => o.Name).Except(s_knownToAzd, StringComparer.Ordinal),
            output => Assert.Contains(readers, r => r.Contains(output, StringComparison.Ordinal)));
    }

    [Fact]
    public void Images_copy_one_published_folder_and_run_without_rights()
    {
        Assert.All(Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Infra, "containers"), "*.Dockerfile"), file =>
        {
            var lines = File.ReadAllLines(file).Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split(' ', 2)[0]).ToList();
            Assert.Single(lines, l => l is "COPY");
            Assert.DoesNotContain("RUN", lines);
            Assert.Contains("USER", lines);
            Assert.Contains("HEALTHCHECK", lines);
        });
    }

    private static YamlMappingNode Load()
    {
        var stream = new YamlStream();
        using var reader = new StringReader(File.ReadAllText(RepositoryFiles.Of("azure.yaml")));
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static YamlMappingNode Mapping(YamlMappingNode node, string key) => (YamlMappingNode)node.Children[key];

    private static string Text(YamlMappingNode node, string key) => ((YamlScalarNode)node.Children[key]).Value!;

    [GeneratedRegex("'azd-service-name': '(?<name>[^']+)'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ServiceTag();

    [GeneratedRegex(@"\$\{?(?<name>[A-Z][A-Z_]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EnvironmentValue();
}
