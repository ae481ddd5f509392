using System.Text.RegularExpressions;
using MlOps.Core.Evaluation;
using MlOps.Core.Specification.Reading;

namespace MlOps.Core.Tests.Documentation;

/// <summary>docs/PIPELINES.md says what the reader does.</summary>
public class PipelineDocumentationTests
{
    private const string File = "docs/PIPELINES.md";
    private const string Begin = "<!-- reference:begin -->\n";
    private const string End = "<!-- reference:end -->";

    private static string Text => System.IO.File.ReadAllText(Repository.PathOf(File));

    private static string[] YamlBlocks => [.. Regex.Matches(Text, "```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Select(m => m.Groups["yaml"].Value)];

    [Fact]
    public void Its_reference_is_the_one_that_the_format_makes()
    {
        var (before, after) = (Text[..(Text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)], Text[Text.IndexOf(End, StringComparison.Ordinal)..]);
        var expected = $"{before}{PipelineReference.Write(PipelineSchema.Create().AsObject())}\n{after}";
        if (Environment.GetEnvironmentVariable("MLOPS_UPDATE_GENERATED") is "1") System.IO.File.WriteAllText(Repository.PathOf(File), expected);
        Assert.True(Text == expected, $"The reference in {File} is stale: run this test once with MLOPS_UPDATE_GENERATED=1.");
    }

    [Fact]
    public void Its_example_files_are_read()
    {
        Assert.Equal(2, YamlBlocks.Length);
        Assert.All(YamlBlocks, block => Assert.NotEmpty(PipelineSpecReader.Read(block, File).Name));
    }

    [Fact]
    public void Its_full_example_has_every_key_but_the_trainer_s_parameters()
    {
        var example = YamlBlocks.MaxBy(b => b.Length)!;
        foreach (var (title, keys) in PipelineReference.Objects(PipelineSchema.Create().AsObject()).Where(o => !o.Title.Contains("trainer:", StringComparison.Ordinal)))
            foreach (var (key, _, _) in keys)
                Assert.True(Regex.IsMatch(example, $@"\b{key}:", RegexOptions.None, TimeSpan.FromSeconds(1)), $"The example lacks '{key}' of {title}.");
    }

    [Fact]
    public void It_names_every_metric() =>
        Assert.All(MetricCatalog.All, metric => Assert.Contains($"`{metric.Name}`", Text, StringComparison.Ordinal));
}
