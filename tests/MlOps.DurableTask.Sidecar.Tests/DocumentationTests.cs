
namespace MlOps.DurableTask.Sidecar.Tests;

/// <summary>The example of docs/SIDECAR.md, as it stands there.</summary>
public class DocumentationTests
{
    [Fact]
    public async Task The_example_runs_as_it_is_printed()
    {
        using var folder = new TemporaryFolder();
        await using var host = await SidecarHost.StartAsync(folder);
        var page = await File.ReadAllTextAsync(Path.Combine(NodeProcess.RepositoryRoot(), "docs", "SIDECAR.md"));
        var example = page.Split("```js\n")[1].Split("```")[0];

        var output = await NodeProcess.RunCodeAsync(example, host.Address);

        Assert.Equal("highest score: 0.06\n", output);
    }
}
