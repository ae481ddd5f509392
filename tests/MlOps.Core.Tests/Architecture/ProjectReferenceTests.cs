using System.Xml.Linq;

namespace MlOps.Core.Tests.Architecture;

/// <summary>References point one way: towards the domain. What each project may know stands here and nowhere else.</summary>
public class ProjectReferenceTests
{
    private static readonly string[] s_inner = ["MlOps.Core", "MlOps.DurableTask", "MlOps.Storage", "MlOps.Data", "MlOps.Inference", "MlOps.Monitoring", "MlOps.Pipelines"];

    private static readonly Dictionary<string, string[]> s_mayReference = new(StringComparer.Ordinal)
    {
        ["MlOps.Core"] = [],
        ["MlOps.DurableTask"] = [],
        ["MlOps.DurableTask.Sqlite"] = ["MlOps.DurableTask"],
        ["MlOps.DurableTask.Sidecar"] = ["MlOps.DurableTask", "MlOps.DurableTask.Sqlite"],
        ["MlOps.DurableTask.Functions"] = ["MlOps.DurableTask"],
        ["MlOps.Storage"] = ["MlOps.Core"],
        ["MlOps.Data"] = ["MlOps.Core"],
        ["MlOps.Inference"] = ["MlOps.Core"],
        ["MlOps.Monitoring"] = ["MlOps.Core", "MlOps.Storage", "MlOps.Data", "MlOps.Inference"],
        ["MlOps.Pipelines"] = ["MlOps.Core", "MlOps.DurableTask", "MlOps.Storage", "MlOps.Data", "MlOps.Inference", "MlOps.Monitoring"],
        // The programs compose.
        ["MlOps.Trainer"] = s_inner,
        ["MlOps.Serving"] = s_inner,
        ["MlOps.Functions"] = [.. s_inner, "MlOps.DurableTask.Sqlite", "MlOps.DurableTask.Sidecar", "MlOps.DurableTask.Functions", "MlOps.Serving", "MlOps.Trainer"],
        ["MlOps.Cli"] = [.. s_inner, "MlOps.DurableTask.Sqlite", "MlOps.DurableTask.Sidecar", "MlOps.DurableTask.Functions", "MlOps.Serving", "MlOps.Trainer", "MlOps.Functions"],
    };

    public static TheoryData<string> Projects => [.. Files.Select(f => Path.GetFileNameWithoutExtension(f))];

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    [Fact]
    public void The_projects_are_found() => Assert.Contains("MlOps.Core", Files.Select(f => Path.GetFileNameWithoutExtension(f)));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_further_in(string project)
    {
        Assert.True(s_mayReference.TryGetValue(project, out var allowed), $"{project} is new: say in {nameof(ProjectReferenceTests)} what it may reference.");
        var references = Load(project).Descendants("ProjectReference")
            .Select(r => r.Attribute("Include")!.Value.Replace('\\', '/'))
            // Native runtimes are dependencies like packages, not projects of the system.
            .Where(path => !path.Contains("/native/", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path));
        Assert.Empty(references.Except(allowed!, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_says_what_may_be_in_it(string project) =>
        Assert.False(string.IsNullOrWhiteSpace(Load(project).Descendants("Description").SingleOrDefault()?.Value), $"{project} has no <Description>.");

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_is_part_of_the_solution(string project) =>
        Assert.Contains($"{project}.csproj", File.ReadAllText(Repository.PathOf("MlOps.Functions.sln")), StringComparison.Ordinal);

    [Fact]
    public void The_rule_itself_goes_one_way()
    {
        foreach (var (project, allowed) in s_mayReference)
            foreach (var other in allowed) Assert.DoesNotContain(project, s_mayReference[other]);
    }

    private static XDocument Load(string project) => XDocument.Load(Files.Single(f => Path.GetFileNameWithoutExtension(f) == project));
}
