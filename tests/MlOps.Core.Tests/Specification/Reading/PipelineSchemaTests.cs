using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Core.Specification.Reading;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Tests.Specification.Reading;

public class PipelineSchemaTests
{
    private const string SchemaFile = "workflows/pipeline.schema.json";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Repository.PathOf("workflows"), "pipeline.yaml", SearchOption.AllDirectories)];

    [Fact]
    public void The_schema_in_the_repository_is_the_one_that_the_format_makes()
    {
        var expected = PipelineSchema.Create().ToJsonString(s_readable) + "\n";
        var path = Repository.PathOf(SchemaFile);
        if (Environment.GetEnvironmentVariable("MLOPS_UPDATE_GENERATED") is "1") File.WriteAllText(path, expected);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{SchemaFile} is stale: run this test once with MLOPS_UPDATE_GENERATED=1.");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_shipped_workflow_fits_the_schema(string file) =>
        Assert.Empty(Check(File.ReadAllText(file)));

    [Fact]
    public void The_small_pipeline_of_the_tests_fits_the_schema() => Assert.Empty(Check(PipelineText.Small));

    [Theory]
    [InlineData("trials: 12", "trails: 12", "/training/search")]
    [InlineData("trials: 12", "trials: 0", "/training/search/trials")]
    [InlineData("trials: 12", "trials: many", "/training/search/trials")]
    [InlineData("maximize: auc", "maximize: acu", "/training/search/maximize")]
    [InlineData("max_depth: 4..8", "max_depth: deep", "/training/trainers/0")]
    [InlineData("check: rows", "check: columns", "/data/checks/0")]
    [InlineData("auc >= 0.65", "auc over 0.65", "/gates/0")]
    [InlineData("name: flights", "name: Flights", "/name")]
    [InlineData("test: 0.2", "test: 1", "/features/split/test")]
    [InlineData("label: { name: late, sql: delay >= 15, task: binary }", "label: { name: late }", "/features/label")]
    public void What_the_reader_refuses_by_its_shape_the_schema_refuses_too(string part, string replacement, string place)
    {
        var text = PipelineText.With(part, replacement);
        Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(text, "pipeline.yaml"));
        Assert.Contains(Check(text), e => e.StartsWith(place + ":", StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> Check(string yaml)
    {
        var problems = new ProblemList();
        var root = YamlTree.Read(yaml, "pipeline.yaml", problems);
        problems.ThrowIfAny();
        return SchemaCheck.Check(PipelineSchema.Create().AsObject(), ToJson(root!));
    }

    /// <summary>The JSON that YAML 1.2's core schema makes of a file, as editors do.</summary>
    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Value, ToJson(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlText { IsNull: true } => null,
        YamlText { Quoted: false, Value: "true" or "false" } flag => JsonValue.Create(flag.Value is "true"),
        YamlText { Quoted: false } number when decimal.TryParse(number.Value, out var value) => JsonValue.Create(value),
        YamlText text => JsonValue.Create(text.Value),
        _ => throw new InvalidOperationException(),
    };
}
