using MlOps.Core.Runs;

namespace MlOps.Pipelines.Training.AzureMl;

/// <summary>A job that trains one trial or many.</summary>
/// <param name="RunId">The run.</param>
/// <param name="JobId">Name of the job in the workspace.</param>
/// <param name="Trials">Numbers of its trials.</param>
/// <param name="PollInterval">Wait before the first look at it; each wait is half as long again.</param>
/// <param name="LongestPollInterval">Longest wait between two looks.</param>
/// <param name="Refusal">Why there is no job; <see langword="null"/>: it was accepted.</param>
internal sealed record TrainingJob(
    string RunId, string JobId, IReadOnlyList<int> Trials, TimeSpan PollInterval, TimeSpan LongestPollInterval, string? Refusal = null)
{
    /// <summary>How long to wait after a look, counted from 0. The job carries it, so that a changed setting does not change what a history says.</summary>
    public TimeSpan PollAfter(int look) =>
        TimeSpan.FromTicks((long)Math.Min(PollInterval.Ticks * Math.Pow(1.5, Math.Min(look, 40)), LongestPollInterval.Ticks));
}

/// <summary>Where a job stands.</summary>
/// <param name="Status">The service's word.</param>
/// <param name="Final">Whether it goes no further.</param>
/// <param name="Completed">Whether it ended well.</param>
/// <param name="Studio">Address of its page.</param>
internal sealed record TrainingJobState(string Status, bool Final, bool Completed, string? Studio);

/// <summary>Trials to be submitted as one job.</summary>
internal sealed record TrainingJobRequest(string RunId, IReadOnlyList<TrialRequest> Trials);

/// <summary>A trial whose job has ended.</summary>
internal sealed record TrialCollection(TrialRequest Trial, TrainingJob Job, TrainingJobState State);
