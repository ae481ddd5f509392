using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Specification.Reading;

public class ExampleWorkflowTests
{
    public static TheoryData<string> Workflows => [.. Names];

    private static IEnumerable<string> Names => Directory.EnumerateDirectories(Repository.PathOf("workflows")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    [Fact]
    public void The_repository_ships_the_three_workflows() =>
        Assert.Superset(new HashSet<string> { "flight-delay", "penguins", "car-mileage" }, Names.ToHashSet());

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_shipped_workflow_is_read_and_bears_its_folder_s_name(string workflow)
    {
        var spec = Read(workflow);
        Assert.Equal(workflow, spec.Name);
        Assert.NotNull(spec.Example);
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_specification_survives_its_journey_as_JSON(string workflow)
    {
        var json = JsonSerializer.Serialize(Read(workflow), MlOpsJson.Compact);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<PipelineSpec>(json, MlOpsJson.Compact), MlOpsJson.Compact));
    }

    private static PipelineSpec Read(string workflow)
    {
        var file = $"workflows/{workflow}/pipeline.yaml";
        return PipelineSpecReader.Read(File.ReadAllBytes(Repository.PathOf(file)), file);
    }
}
