using System.Text.RegularExpressions;

namespace MlOps.Core.Runs;

/// <summary>Ids of runs: <c>flight-delay-20010301-081500-3f2a</c>. They sort by time within a pipeline and are safe as path segments and table keys.</summary>
public static partial class RunId
{
    /// <summary>Makes an id.</summary>
    /// <param name="pipeline">Name of the pipeline.</param>
    /// <param name="now">The time of the start, UTC.</param>
    /// <param name="salt">Tells runs of the same second apart; its lower 16 bits are used.</param>
    public static string Create(string pipeline, DateTimeOffset now, int salt) =>
        $"{pipeline}-{now.UtcDateTime:yyyyMMdd-HHmmss}-{salt & 0xffff:x4}";

    /// <summary>The pipeline that an id belongs to; <see langword="null"/> when the text is no run id.</summary>
    public static string? TryGetPipeline(string runId) =>
        Shape().Match(runId) is { Success: true } match ? match.Groups["pipeline"].Value : null;

    [GeneratedRegex(@"^(?<pipeline>[a-z][a-z0-9-]{0,62})-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shape();
}
