using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Pipelines;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Examples;

internal sealed record ExampleFiles(ExampleOrder Order, IReadOnlyList<string> Samples);

/// <summary>Copies the first example files into the incoming folder, announced so that they become one run.</summary>
internal sealed class DropExampleFiles(
    PipelineCatalog pipelines, WorkFolders folders, AnnouncementStore announcements, RunStore runs, TimeProvider time)
    : TaskActivity<ExampleFiles, IReadOnlyList<string>>
{
    public override async Task<IReadOnlyList<string>> RunAsync(TaskActivityContext context, ExampleFiles input)
    {
        var cancellationToken = context.CancellationToken;
        var (order, samples) = input;
        var spec = pipelines.TryRead(order.Pipeline)!.Value.Spec;
        var drops = samples.Take(spec.Example!.Drop).Select(s => (Sample: s, Target: spec.Triggers.Blob + Path.GetFileName(s))).ToList();
        var targets = drops.Select(d => d.Target).ToList();

        // After a crash the first time's files may be in a run already: then nothing is left to do.
        if ((await runs.ListAsync(order.Pipeline, cancellationToken)).Any(r => r.Announcement == order.Id)) return targets;
        await announcements.AddAsync(
            new()
            {
                Id = order.Id,
                Pipeline = order.Pipeline,
                Files = targets,
                By = order.By,
                Reason = $"Example data, asked for by {order.By}.",
                AutoApprove = order.AutoApprove,
                CreatedAt = time.GetUtcNow(),
            },
            cancellationToken);
        using var work = folders.Create();
        foreach (var (sample, target) in drops) await work.CopyAsync(sample, target, cancellationToken);
        return targets;
    }
}
