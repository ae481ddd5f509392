namespace MlOps.Pipelines.Staging;

/// <summary>A short load: no request fails, and 99 of 100 are answered in time.</summary>
internal sealed class LoadTest(TimeProvider time) : IApplicationTest
{
    public string Name => "load";

    public async Task<TestFinding> RunAsync(StagedVersion staged, CancellationToken cancellationToken)
    {
        var (terms, rows) = (staged.Terms, staged.Golden.Instances);
        var answers = new StagingAnswer[terms.Requests];
        var began = time.GetTimestamp();
        await Parallel.ForAsync(0, terms.Requests, new ParallelOptions { MaxDegreeOfParallelism = terms.Parallel, CancellationToken = cancellationToken }, async (i, token) =>
            answers[i] = await staged.Client.PredictAsync([rows[i % rows.Count]], token));
        var elapsed = time.GetElapsedTime(began);

        if (answers.FirstOrDefault(a => !a.IsSuccess) is { } failed)
            return new(false, $"{answers.Count(a => !a.IsSuccess)} of {terms.Requests} requests failed, {terms.Parallel} at once; {failed}");
        var latencies = answers.Select(a => a.Elapsed).Order().ToList();
        var (p50, p99) = (At(latencies, 0.5), At(latencies, 0.99));
        return new(
            p99 <= terms.LatencyP99,
            $"{terms.Requests} requests, {terms.Parallel} at once: {terms.Requests / elapsed.TotalSeconds:0} a second, p50 {p50.TotalMilliseconds:0.0} ms, p99 {p99.TotalMilliseconds:0.0} ms{(p99 <= terms.LatencyP99 ? "" : $", more than {terms.LatencyP99.TotalMilliseconds:0.#} ms")}");
    }

    /// <summary>Nearest rank.</summary>
    private static TimeSpan At(List<TimeSpan> sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
}
