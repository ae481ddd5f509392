using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Releases;
using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;

namespace MlOps.Pipelines.Staging;

/// <summary>The endpoint's latest requests, asked again of the version in production and of the staged one: who is answered today is answered tomorrow.</summary>
internal sealed class ReplayTest(RecentRequests recent) : IApplicationTest
{
    // As mirrored answers are compared: values of a regression that differ by at most 5 % agree.
    private const double SameValue = 0.05;

    // What people read in the report; the counts are of all.
    private const int MostCases = 20;

    public string Name => "replay";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        if (staged.Champion is not { } champion) return new(true, "no version is in production yet: nothing to compare with");
        if (staged.Terms.Replay is 0) return new(true, "the pipeline replays nothing");
        var rows = await recent.ReadAsync(staged.Endpoint, staged.Terms.Replay, cancellationToken);
        if (rows.Count is 0) return new(true, "nobody asked the endpoint of late: nothing to replay");

        var answers = new Replayed[rows.Count];
        await Parallel.ForAsync(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = staged.Terms.Parallel, CancellationToken = cancellationToken }, async (i, token) =>
            answers[i] = new(rows[i], await champion.Client.PredictAsync([rows[i]], token), await staged.Client.PredictAsync([rows[i]], token)));
        return Judge([.. answers.Where(a => a.Before.IsSuccess)], rows.Count, staged);
    }

    private static TestFinding Judge(IReadOnlyList<Replayed> answered, int asked, StagedVersion staged)
    {
        if (answered.Count is 0) return new(true, $"the version in production answers none of the {asked} latest requests today: nothing to compare with");
        var failed = answered.Where(a => !a.After.IsSuccess).ToList();
        var agreeing = answered.Count(a => a.Agrees(staged.Signature.Task));
        var (failures, agreement) = ((double)failed.Count / answered.Count, (double)agreeing / answered.Count);
        var passed = failures <= staged.Terms.MaxReplayFailures && agreement >= staged.Terms.MinAgreement;
        return new(passed, $"{answered.Count} requests of late: {failed.Count} answered today are not by the staged version, {agreement:0.0%} are answered alike")
        {
            Cases =
            [
                .. failed.Take(MostCases).Select(f => new ApplicationTestCase(f.Row.GetRawText(), failures <= staged.Terms.MaxReplayFailures, f.After.ToString())),
                .. answered.Where(a => a.After.IsSuccess && !a.Agrees(staged.Signature.Task)).Take(MostCases)
                    .Select(d => new ApplicationTestCase(d.Row.GetRawText(), agreement >= staged.Terms.MinAgreement, $"{Replayed.ValueOf(d.After)}, and {Replayed.ValueOf(d.Before)} in production")),
            ],
        };
    }

    private sealed record Replayed(JsonElement Row, StagingAnswer Before, StagingAnswer After)
    {
        public bool Agrees(LearningTask task) => (PredictionOf(Before), PredictionOf(After)) switch
        {
            ({ } before, { } after) when task is LearningTask.Regression =>
                Math.Abs(after.Value.GetDouble() - before.Value.GetDouble()) <= SameValue * Math.Abs(before.Value.GetDouble()),
            ({ } before, { } after) => before.Value.GetRawText() == after.Value.GetRawText(),
            _ => false,
        };

        public static string ValueOf(StagingAnswer answer) => PredictionOf(answer)?.Value.GetRawText() ?? answer.ToString();

        private static Prediction? PredictionOf(StagingAnswer answer) => answer.TryRead() is { Predictions: [var only] } ? only : null;
    }
}
