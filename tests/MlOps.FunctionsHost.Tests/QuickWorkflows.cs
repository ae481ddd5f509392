using System.Text.RegularExpressions;

namespace MlOps.FunctionsHost.Tests;

/// <summary>The repository's pipelines as they are, but for the length of their searches: two trials say as much here as six.</summary>
internal sealed partial class QuickWorkflows : IDisposable
{
    public QuickWorkflows()
    {
        foreach (var pipeline in Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "workflows"), "pipeline.yaml", SearchOption.AllDirectories))
        {
            var folder = Directory.CreateDirectory(System.IO.Path.Combine(Workflows, System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(pipeline)!))).FullName;
            File.WriteAllText(System.IO.Path.Combine(folder, "pipeline.yaml"), Trials().Replace(File.ReadAllText(pipeline), "trials: 2"));
        }

        // Example data comes from there.
        Directory.CreateSymbolicLink(System.IO.Path.Combine(Path, "node_modules"), System.IO.Path.Combine(Repository.Root, "node_modules"));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("mlops-quick-").FullName;

    public string Workflows => System.IO.Path.Combine(Path, "workflows");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    [GeneratedRegex("trials: [0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Trials();
}
