using Microsoft.Extensions.Options;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>The pipeline's own training code, as it stood when the run began to train: jobs mount it as a folder.</summary>
internal sealed class TrialCode(RunStepServices services, IOptions<PipelineOptions> options)
{
    public static string FolderOf(string runId) => $"runs/{runId}/code/";

    /// <summary>Publishes the pipeline's folder; what was published before stays as it was.</summary>
    public async Task PublishAsync(string runId, string pipeline, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(Path.Combine(options.Value.WorkflowsFolder, pipeline));
        using var work = services.Work.Create();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var blob = FolderOf(runId) + Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (await services.Blobs.TryGetInfoAsync(blob, cancellationToken) is not null) continue;
            var copy = Path.GetRandomFileName();
            File.Copy(file, work[copy]);
            await work.PublishAsync(copy, blob, cancellationToken);
        }
    }
}
