using Microsoft.Extensions.Logging;

namespace MlOps.Pipelines.Approvals;

internal static partial class ApprovalLog
{
    [LoggerMessage(3501, LogLevel.Warning, "Run {RunId}: approvers could not be asked again: {Problem}")]
    public static partial void ReminderFailed(this ILogger logger, string runId, string problem);

    [LoggerMessage(3502, LogLevel.Warning, "Run {RunId}: who changed the pipeline cannot be told, so four eyes goes by who started the run alone: {Problem}")]
    public static partial void AuthorsUnknown(this ILogger logger, string runId, string problem);

    [LoggerMessage(3503, LogLevel.Warning, "Run {RunId}: its data cannot be compared with the champion's: {Problem}")]
    public static partial void DataNotCompared(this ILogger logger, string runId, string problem);

    [LoggerMessage(3504, LogLevel.Warning, "Run {RunId}: the approvers' page lacks its facts: {Problem}")]
    public static partial void DossierFailed(this ILogger logger, string runId, string problem);
}
