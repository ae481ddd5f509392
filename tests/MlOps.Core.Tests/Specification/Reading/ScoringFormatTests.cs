using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using OutputFormat = MlOps.Core.Scoring.ScoringFormat;

namespace MlOps.Core.Tests.Specification.Reading;

public class ScoringFormatTests
{
    [Fact]
    public void What_is_not_said_stays_open_and_nothing_is_deleted()
    {
        Assert.Equal(new ScoringSpec { Output = null, ChunkRows = null, Keep = null }, PipelineSpecReader.Read(PipelineText.Small, "pipeline.yaml").Scoring);
        Assert.Equal(
            new ScoringSpec { Output = OutputFormat.Csv, ChunkRows = 5000, Keep = TimeSpan.FromDays(90) },
            PipelineSpecReader.Read(PipelineText.And("scoring: { output: csv, chunkRows: 5000, keep: 90d }"), "pipeline.yaml").Scoring);
    }

    [Theory]
    [InlineData("output: json", "expected one of csv, parquet")]
    [InlineData("chunkRows: 0", "a whole number from 1 to 10000000")]
    [InlineData("keep: 90", "Add the unit")]
    [InlineData("retention: 90d", "'retention' is not a key of 'scoring'")]
    public void What_cannot_be_is_refused_with_the_rule(string setting, string expected) =>
        Assert.Contains(expected, Assert.Throws<PipelineSpecException>(() => PipelineSpecReader.Read(PipelineText.And($"scoring: {{ {setting} }}"), "pipeline.yaml")).Message, StringComparison.Ordinal);
}
