namespace MlOps.Pipelines.Datasets;

/// <summary>None of a run's files can be used.</summary>
internal sealed class UnusableFilesException(QuarantineReport report) : Exception(Describe(report))
{
    private const int Told = 10;

    private static string Describe(QuarantineReport report)
    {
        var reasons = report.Files.Take(Told).Select(f => f.Reason);
        return string.Join('\n', report.Files.Count > Told ? reasons.Append($"{report.Files.Count - Told:N0} more files cannot be used; the report in quarantine names them.") : reasons);
    }
}
