using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Pipelines;

/// <summary>Notices that a pipeline's file is another than the one last seen; each change is audited, and both texts are kept.</summary>
/// <remarks>Table <c>pipelines</c>: one partition, row = name of the pipeline. Texts: <c>pipelines/&lt;name&gt;/&lt;sha256&gt;.yaml</c>.</remarks>
public sealed class PipelineChangeLog(ITableStore tables, IBlobStore blobs, AuditLog audit)
{
    private const string Table = "pipelines";
    private const string Partition = "seen";

    /// <summary>Notes what a pipeline's file says now.</summary>
    /// <param name="pipeline">Name of the pipeline.</param>
    /// <param name="text">The file; <see langword="null"/>: it is gone.</param>
    /// <param name="noticed">When it was noticed, for the audit log: <c>Noticed when the host started.</c></param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>Whether it is another than before.</returns>
    public async Task<bool> NoteAsync(string pipeline, string? text, string noticed, CancellationToken cancellationToken)
    {
        var hash = text is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        while (true)
        {
            var current = await tables.TryReadVersionedJsonAsync<SeenPipeline>(Table, Partition, pipeline, cancellationToken);
            var before = current?.Value;
            if (before?.Sha256 == hash)
            {
                // Told again: a crash may have come between the note and its entry.
                if (before is not null) await TellAsync(before, cancellationToken);
                return false;
            }
            if (text is not null)
                await blobs.TryWriteAsync($"pipelines/{pipeline}/{hash}.yaml", Encoding.UTF8.GetBytes(text), WriteCondition.IfAbsent, cancellationToken);
            var seen = new SeenPipeline(pipeline, hash, before?.Sha256, (before?.Change ?? 0) + 1, noticed);
            var condition = current is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(current.ETag);
            if (await tables.TryWriteJsonAsync(Table, Partition, pipeline, seen, condition, cancellationToken) is null) continue;
            await TellAsync(seen, cancellationToken);
            return true;
        }
    }

    /// <summary>Names of the pipelines that were there when last looked.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await tables.ReadAllAsync<SeenPipeline>(Table, new TableQuery { Partition = Partition }, cancellationToken)).Where(p => p.Sha256 is not null).Select(p => p.Pipeline)];

    private Task<AuditEntry> TellAsync(SeenPipeline seen, CancellationToken cancellationToken)
    {
        var action = (seen.Before, seen.Sha256) switch { (null, _) => "pipeline.added", (_, null) => "pipeline.removed", _ => "pipeline.changed" };
        var what = new AuditEvent("mlops", action, $"pipelines/{seen.Pipeline}", seen.Noticed, seen.Before, seen.Sha256) { Key = $"pipelines/{seen.Pipeline}#{seen.Change}" };
        return audit.AppendAsync(what, cancellationToken);
    }

    /// <param name="Pipeline">Its name.</param>
    /// <param name="Sha256">Of its file; <see langword="null"/>: it is gone.</param>
    /// <param name="Before">Of the file before it; <see langword="null"/>: there was none.</param>
    /// <param name="Change">Counts the changes, from 1.</param>
    /// <param name="Noticed">When it was noticed.</param>
    private sealed record SeenPipeline(string Pipeline, string? Sha256, string? Before, int Change, string Noticed);
}
