namespace MlOps.Pipelines.Datasets;

/// <summary>None of a run's files can be used.</summary>
internal sealed class UnusableFilesException(QuarantineReport report) : Exception(string.Join('\n', report.Files.Select(f => f.Reason)))
{
}
