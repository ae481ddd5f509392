using MlOps.Storage.Models;

namespace MlOps.Pipelines.Evaluation;

/// <summary>Where a run keeps its candidate until it is registered.</summary>
public static class CandidateFiles
{
    /// <summary>Blob prefix of the candidate's package.</summary>
    public static string FolderOf(string runId) => $"runs/{runId}/candidate/";

    /// <summary>Blob name of its evaluation report.</summary>
    public static string ReportOf(string runId) => FolderOf(runId) + ModelPackage.Metrics;
}
