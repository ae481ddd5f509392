using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads what starts a run.</summary>
internal static class TriggerReader
{
    /// <summary>Folders that runs write to: watching one would start runs without end.</summary>
    private static readonly IReadOnlyList<string> s_ownFolders = ["datasets", "runs", "models", "endpoints", "predictions", "quarantine", "outbox", "system"];

    public static TriggerSpec Read(Fields? fields, string pipeline, ProblemList problems)
    {
        var blob = fields?.Find<string>("blob");
        if (blob is not null && Complaint(blob) is var (problem, remedy))
            problems.Add(fields!.At("blob"), $"'{blob}' is no value of 'triggers.blob': {problem}.", remedy);
        return new TriggerSpec
        {
            Blob = blob ?? $"incoming/{pipeline}/",
            OnArrival = fields?.FindValue<ArrivalPolicy>("onArrival") ?? ArrivalPolicy.Run,
            Schedule = fields?.Find<string>("schedule"),
            Drift = ReadAlert(fields, "drift"),
            Performance = ReadAlert(fields, "performance"),
            Staleness = ReadAlert(fields, "staleness"),
            Budget = fields?.Find<Fields>("budget") is { } budget && budget.FindValue<long>("runs") is { } runs && budget.FindValue<TimeSpan>("per") is { } per
                ? new RunBudget((int)runs, per)
                : null,
        };
    }

    private static AlertTrigger? ReadAlert(Fields? fields, string key) =>
        fields?.Find<Fields>(key) is { } alert ? new AlertTrigger(alert.FindValue<TimeSpan>("cooldown") ?? AlertTrigger.DefaultCooldown) : null;

    private static (string Problem, string Remedy)? Complaint(string blob)
    {
        if (!blob.EndsWith('/')) return ("a folder ends in a slash", $"Write {blob}/.");
        var segments = blob[..^1].Split('/');
        if (segments.Any(s => s is "" or "." or "..") || blob.Contains('\\', StringComparison.Ordinal))
            return ("it is no folder below the storage's root", "Write a relative path, such as incoming/flights/.");
        if (s_ownFolders.Contains(segments[0], StringComparer.OrdinalIgnoreCase))
            return ($"the system itself writes to {segments[0]}/", "Use a folder below incoming/.");
        return null;
    }
}
