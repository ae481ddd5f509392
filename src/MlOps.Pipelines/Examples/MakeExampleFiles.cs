using Microsoft.Extensions.Options;
using MlOps.Data.Examples;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Examples;

/// <summary>Lays a pipeline's example files into <c>samples/&lt;pipeline&gt;/</c>. Safe to run again: it finds those that are there.</summary>
internal sealed class MakeExampleFiles(PipelineCatalog pipelines, IBlobStore blobs, WorkFolders folders, IOptions<PipelineOptions> options)
    : TaskActivity<string, IReadOnlyList<string>>
{
    public override async Task<IReadOnlyList<string>> RunAsync(TaskActivityContext context, string input)
    {
        var cancellationToken = context.CancellationToken;
        var example = pipelines.TryRead(input)?.Spec.Example
            ?? throw new NonRetriableTaskException($"Pipeline '{input}' has no example data. Give a file with 'mlops run {input} --data FILE'.");
        var prefix = $"samples/{input}/";
        var marker = prefix + "files.json";
        if (await blobs.TryReadJsonAsync<List<string>>(marker, cancellationToken) is { } made) return made;

        var source = Path.Combine(Path.GetFullPath(options.Value.ExamplesFolder), example.Source);
        if (!File.Exists(source))
            throw new NonRetriableTaskException($"The example data of '{input}' is missing: {example.Source} is not below {options.Value.ExamplesFolder}. Run 'npm ci --ignore-scripts'.");

        using var work = folders.Create();
        var files = new ExampleData().Create(source, example, input, work.Path, cancellationToken).Select(f => Path.GetFileName(f)).ToList();
        foreach (var file in files) await work.PublishAsync(file, prefix + file, cancellationToken);
        return await blobs.CreateOrReadJsonAsync(marker, files.Select(f => prefix + f).ToList(), cancellationToken);
    }
}
