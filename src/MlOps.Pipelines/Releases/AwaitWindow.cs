using MlOps.Core.Releases;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;

namespace MlOps.Pipelines.Releases;

internal sealed record WindowQuestion(ReleaseRequest Release, TrafficStep Step);

/// <summary>Finds out when a version may be given more traffic, UTC. An activity: time zones change their rules, and a replay must not.</summary>
internal sealed class AwaitWindow(RunStepServices services, ReleaseJournal journal, TimeProvider time) : TaskActivity<WindowQuestion, DateTime>
{
    public override async Task<DateTime> RunAsync(TaskActivityContext context, WindowQuestion input)
    {
        var spec = (await services.Specs.ReadAsync(input.Release.RunId, context.CancellationToken)).Release;
        var calendar = new ReleaseCalendar(spec.Windows, spec.Freezes, TimeZoneInfo.FindSystemTimeZoneById(spec.TimeZone));
        var now = time.GetUtcNow();
        var opening = calendar.NextOpening(now)
            ?? throw new NonRetriableTaskException($"Pipeline {spec.Endpoint}: release.windows and release.freezes leave no time for a release in the next three years. Change them and start a run.");
        if (opening > now)
        {
            await journal.NoteAsync(
                input.Release.RunId,
                "mlops",
                r => r with { Status = ReleaseStatus.Progressing, Message = $"{input.Step.Name} waits for its window, which opens at {opening:u}", StepEndsAt = null },
                context.CancellationToken);
        }

        return opening.UtcDateTime;
    }
}
