using MlOps.Core.Scoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Scoring;

/// <summary>Scoring jobs and what became of them; each change is audited.</summary>
/// <remarks>Table <c>scoring</c>: partition = endpoint, row = the id's part behind it.</remarks>
public sealed class ScoringStore(ITableStore tables, AuditLog audit)
{
    private const string Table = "scoring";

    /// <summary>The id of a job.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="digest">What distinguishes it from the endpoint's other jobs; has no dash.</param>
    public static string IdOf(string endpoint, string digest) => $"{endpoint}-{digest}";

    /// <summary>A job, or <see langword="null"/>.</summary>
    public async Task<ScoringJob?> TryGetAsync(string id, CancellationToken cancellationToken) =>
        KeyOf(id) is var (endpoint, row) ? (await tables.TryReadVersionedJsonAsync<ScoringJob>(Table, endpoint, row, cancellationToken))?.Value : null;

    /// <summary>The jobs of an endpoint, or all, the newest first.</summary>
    public async Task<IReadOnlyList<ScoringJob>> ListAsync(string? endpoint, CancellationToken cancellationToken)
    {
        var all = await tables.ReadAllAsync<ScoringJob>(Table, new TableQuery { Partition = endpoint }, cancellationToken);
        return [.. all.OrderByDescending(j => j.CreatedAt).ThenBy(j => j.Id, StringComparer.Ordinal)];
    }

    /// <summary>Accepts a job. One that is there already stays as it is; if it failed, was cancelled or its files are deleted, it begins again.</summary>
    /// <returns>The job as it stands.</returns>
    public async Task<ScoringJob> AcceptAsync(ScoringJob job, CancellationToken cancellationToken)
    {
        var (endpoint, row) = KeyOf(job.Id)!.Value;
        if (await tables.TryInsertAsync(Table, endpoint, row, job, cancellationToken)) return job;
        return (await tables.UpdateAsync<ScoringJob>(Table, endpoint, row, Again, cancellationToken))!;

        ScoringJob Again(ScoringJob current) => !current.BeginsAgain()
            ? current
            : current with
            {
                Status = ScoringStatus.Running, Attempt = current.Attempt + 1, By = job.By, Reason = job.Reason, Drop = job.Drop,
                Problem = null, Cancellation = null, FinishedAt = null, Rows = 0, RefusedRows = 0, Files = ScoringFiles.Kept,
            };
    }

    /// <summary>Writes down who asked for a job's present attempt, once.</summary>
    public Task NoteRequestAsync(ScoringJob job, CancellationToken cancellationToken) => audit.AppendAsync(
        new(job.By, job.Attempt is 1 ? "scoring.requested" : "scoring.retried", SubjectOf(job), job.Reason, null, $"{job.File} with {job.Model} version {job.Version} ({job.Variant})")
        {
            Key = $"{SubjectOf(job)}/{job.Attempt}/requested",
        },
        cancellationToken);

    /// <summary>Writes down that a job's file was taken out of the folder it was dropped into, or was replaced there by another.</summary>
    public Task NoteTakenAsync(ScoringJob job, CancellationToken cancellationToken) => ChangeAsync(job.Id, j => j.Drop is null ? j : j with { Drop = null }, cancellationToken);

    /// <summary>Writes down how many rows the file has.</summary>
    public Task NoteRowsAsync(ScoringJob job, long rows, long refused, CancellationToken cancellationToken) =>
        ChangeAsync(job.Id, j => j.Status is ScoringStatus.Running ? j with { Rows = rows, RefusedRows = refused } : j, cancellationToken);

    /// <summary>Has a running job cancelled; one that has ended, or is being cancelled, stays as it is.</summary>
    /// <returns>The job as it stands; <see langword="null"/>: there is none.</returns>
    public async Task<ScoringJob?> CancelAsync(string id, ScoringCancellation cancellation, CancellationToken cancellationToken)
    {
        if (KeyOf(id) is not var (endpoint, row)) return null;
        var job = await tables.UpdateAsync<ScoringJob>(
            Table, endpoint, row, j => j.Status.CanMoveTo(ScoringStatus.Cancelling) ? j with { Status = ScoringStatus.Cancelling, Cancellation = cancellation } : j, cancellationToken);
        if (job is { Status: ScoringStatus.Cancelling }) await NoteCancellationAsync(job, cancellationToken);
        return job;
    }

    /// <summary>Ends a job; one that has ended stays as it is, one that is being cancelled ends as cancelled only.</summary>
    /// <returns>The job as it stands.</returns>
    public async Task<ScoringJob> EndAsync(ScoringJob end, CancellationToken cancellationToken)
    {
        var job = await ChangeAsync(end.Id, j => j.Status.CanMoveTo(end.Status) && j.Attempt == end.Attempt ? end : j, cancellationToken);
        if (!job.Status.IsFinal()) return job;
        // A crash may have come before its wish was told.
        if (job.Cancellation is not null) await NoteCancellationAsync(job, cancellationToken);
        var (action, before, reason) = job.Status switch
        {
            ScoringStatus.Done => ("scoring.done", ScoringStatus.Running, $"{job.Rows} rows scored, {job.RefusedRows} set apart."),
            ScoringStatus.Cancelled => ("scoring.cancelled", ScoringStatus.Cancelling, job.Problem!),
            _ => ("scoring.failed", ScoringStatus.Running, job.Problem!),
        };
        await audit.AppendAsync(new("mlops", action, SubjectOf(job), reason, before.ToString(), job.Status.ToString()) { Key = $"{SubjectOf(job)}/{job.Attempt}/ended" }, cancellationToken);
        return job;
    }

    /// <summary>Has the files of a job deleted that has ended and not begun again since. From here on nobody is shown them.</summary>
    /// <returns>Whether they are to be deleted.</returns>
    public async Task<bool> TryForgetAsync(ScoringJob old, string reason, CancellationToken cancellationToken)
    {
        var job = await ChangeAsync(
            old.Id, j => j.Status.IsFinal() && j.Attempt == old.Attempt && j.Files is ScoringFiles.Kept ? j with { Files = ScoringFiles.Deleting, Output = null, Refused = null } : j, cancellationToken);
        if (job.Files is not ScoringFiles.Deleting) return false;
        await audit.AppendAsync(new("mlops", "scoring.deleted", SubjectOf(job), reason) { Key = $"{SubjectOf(job)}/{job.Attempt}/deleted" }, cancellationToken);
        return true;
    }

    /// <summary>Writes down that the files of a job are deleted.</summary>
    public Task NoteForgottenAsync(ScoringJob job, CancellationToken cancellationToken) =>
        ChangeAsync(job.Id, j => j.Files is ScoringFiles.Deleting ? j with { Files = ScoringFiles.Deleted } : j, cancellationToken);

    private Task<AuditEntry> NoteCancellationAsync(ScoringJob job, CancellationToken cancellationToken) => audit.AppendAsync(
        new(job.Cancellation!.By, "scoring.cancel", SubjectOf(job), job.Cancellation.Reason, ScoringStatus.Running.ToString(), ScoringStatus.Cancelling.ToString())
        {
            Key = $"{SubjectOf(job)}/{job.Attempt}/cancel",
        },
        cancellationToken);

    private async Task<ScoringJob> ChangeAsync(string id, Func<ScoringJob, ScoringJob> change, CancellationToken cancellationToken)
    {
        var (endpoint, row) = KeyOf(id)!.Value;
        return (await tables.UpdateAsync(Table, endpoint, row, change, cancellationToken))!;
    }

    private static (string Endpoint, string Row)? KeyOf(string id) =>
        id.LastIndexOf('-') is var dash and > 0 && dash < id.Length - 1 && id.All(c => c is not ('/' or '\\' or '#' or '?') && !char.IsControl(c)) ? (id[..dash], id[(dash + 1)..]) : null;

    private static string SubjectOf(ScoringJob job) => $"scoring/{job.Id}";
}
