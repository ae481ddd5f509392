using MlOps.Core.Training;

namespace MlOps.Core.Tests.Training;

public sealed class TrainingPageTests
{
    [Fact]
    public void The_page_on_training_describes_every_parameter_as_the_catalogue_does()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/TRAINING.md"));
        foreach (var parameter in XGBoostFormat.All)
        {
            var row = page.Split('\n').SingleOrDefault(l => l.StartsWith($"| `{parameter.Name}` |", StringComparison.Ordinal));
            Assert.True(row is not null, $"docs/TRAINING.md has no row for {parameter.Name}.");
            Assert.Contains($"| {parameter.Default} | {parameter.Description}", row);
            Assert.All(parameter.Words, word => Assert.Contains($"`{word}`", row));
        }
    }
}
