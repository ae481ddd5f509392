using System.Text.Json;
using MlOps.Core.Datasets;
using MlOps.Core.Json;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Data;
using MlOps.Data.Ingest;
using MlOps.DurableTask;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>Makes the run's files a dataset version. A file that cannot be used is set apart with a report and does not stop the others.</summary>
internal sealed class IngestDataset(RunStepServices services, DatasetCatalog catalog, AuditLog audit, TimeProvider time)
    : RunStep<RunRequest, DatasetRef>(services)
{
    protected override string Step => RunSteps.Ingest;

    protected override string RunIdOf(RunRequest input) => input.RunId;

    protected override (StepStatus, string) Describe(DatasetRef output) =>
        (StepStatus.Done, $"dataset {output.Name}@{output.Version[..12]}: {output.Rows:N0} rows"
            + (output.Unreadable is 0 ? "" : $", {output.Unreadable:N0} unreadable")
            + (output.KnownFrom is null ? "" : $"; the same content as run {output.KnownFrom} ingested, no new version")
            + (output.Repeats is { Count: > 0 } repeats ? $"; left out, since another file has the same bytes: {string.Join(", ", repeats)}" : ""));

    protected override async Task<DatasetRef> ExecuteAsync(RunRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        if (input.Files.Count is 0) return await NewestAsync(input, cancellationToken);

        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        using var work = Work.Create();
        var sources = await TakeAsync(input, work, progress, cancellationToken);
        try
        {
            var (distinct, repeats) = RepeatedFiles.Part(sources);
            var ingested = await IngestUsableAsync(input, distinct, spec.Data, work, progress, cancellationToken);
            var record = await PublishAsync(input, ingested, work, cancellationToken);
            return new DatasetRef(input.RunId, input.Pipeline, record.Version, ingested.Rows, ingested.UnreadableRows)
            {
                KnownFrom = record.RunId == input.RunId ? null : record.RunId,
                Repeats = repeats.Count is 0 ? null : repeats,
            };
        }
        catch (DataStorageException full)
        {
            throw new NonRetriableTaskException($"{full.Message} The run's files are kept in runs/{input.RunId}/source/: drop them again then.", full);
        }
    }

    /// <summary>Takes the run's files out of the incoming folder, and lays them into the work folder.</summary>
    private async Task<List<SourceFile>> TakeAsync(RunRequest input, WorkFolder work, StepProgress progress, CancellationToken cancellationToken)
    {
        var sources = new List<SourceFile>();
        foreach (var file in input.Files)
        {
            await progress.ReportAsync($"taking {Path.GetFileName(file)}", cancellationToken);
            var source = SourceOf(input.RunId, file);
            // What was taken or set apart before a crash is not taken again: by now a new file may bear the name.
            if (await Blobs.TryGetInfoAsync(QuarantineOf(input.Pipeline, input.RunId, file), cancellationToken) is not null) continue;
            if (await Blobs.TryGetInfoAsync(source, cancellationToken) is null) await Blobs.MoveAsync(file, source, cancellationToken);
            sources.Add(new(await work.LayAsync(source, $"source-{sources.Count}{Path.GetExtension(file)}", cancellationToken), Path.GetFileName(file)));
        }

        return sources;
    }

    /// <summary>Those of a run's files that it has taken out of the incoming folder, or is taking now; and whether it is done with that.</summary>
    public static async Task<(IReadOnlyCollection<string> Files, bool Ended)> ClaimedAsync(IBlobStore blobs, RunRecord run, CancellationToken cancellationToken)
    {
        var claimed = new List<string>();
        var ended = await blobs.TryGetInfoAsync(ResultOf(run.RunId, RunSteps.Ingest), cancellationToken) is not null;
        foreach (var file in run.Files)
        {
            if (ended
                || await blobs.TryGetInfoAsync(SourceOf(run.RunId, file), cancellationToken) is not null
                || await blobs.TryGetInfoAsync(QuarantineOf(run.Pipeline, run.RunId, file), cancellationToken) is not null)
                claimed.Add(file);
        }

        return (claimed, ended);
    }

    private static string SourceOf(string runId, string file) => $"runs/{runId}/source/{Path.GetFileName(file)}";

    // A folder of their own: a dropped file may bear any name, also that of the report.
    private static string QuarantineOf(string pipeline, string runId, string file) => $"quarantine/{pipeline}/{runId}/files/{Path.GetFileName(file)}";

    /// <summary>Ingests what can be used; each file that cannot goes to quarantine.</summary>
    private async Task<IngestResult> IngestUsableAsync(
        RunRequest run, List<SourceFile> sources, DataSpec spec, WorkFolder work, StepProgress progress, CancellationToken cancellationToken)
    {
        while (sources.Count > 0)
        {
            try
            {
                await progress.ReportAsync($"reading {sources.Count} {(sources.Count is 1 ? "file" : "files")}", cancellationToken);
                return await Task.Run(() => new DatasetIngestor().Ingest(sources, spec, work.Path, cancellationToken), cancellationToken);
            }
            catch (DatasetFileException error)
            {
                await QuarantineAsync(run, error, cancellationToken);
                sources.RemoveAll(s => s.Name == error.File);
            }
        }

        throw new UnusableFilesException(await ReportOfAsync(run, cancellationToken));
    }

    /// <summary>Sets a file apart: first the report, then the file, so that a file in quarantine always has its report.</summary>
    private async Task QuarantineAsync(RunRequest run, DatasetFileException error, CancellationToken cancellationToken)
    {
        var report = await ReportOfAsync(run, cancellationToken);
        var entry = new QuarantinedFile(error.File, error.Message, error.Line, error.Column, error.Value, error.Problem, error.Remedy, time.GetUtcNow());
        report = report with { Files = [.. report.Files.Where(f => f.File != error.File), entry] };
        await Blobs.TryWriteAsync(
            QuarantineReport.NameOf(run), JsonSerializer.SerializeToUtf8Bytes(report, MlOpsJson.Indented), WriteCondition.None, cancellationToken);

        var place = QuarantineOf(run.Pipeline, run.RunId, error.File);
        await Blobs.MoveAsync(SourceOf(run.RunId, error.File), place, cancellationToken);
        await audit.AppendAsync(new("mlops", "file.quarantined", place, error.Message) { Key = $"{place}/quarantined" }, cancellationToken);
    }

    private async Task<QuarantineReport> ReportOfAsync(RunRequest run, CancellationToken cancellationToken) =>
        await Blobs.TryReadJsonAsync<QuarantineReport>(QuarantineReport.NameOf(run), cancellationToken) ?? new QuarantineReport(run.RunId, []);

    private async Task<DatasetRecord> PublishAsync(RunRequest run, IngestResult ingested, WorkFolder work, CancellationToken cancellationToken)
    {
        var version = ingested.Version.Digest;
        var record = new DatasetRecord
        {
            Name = run.Pipeline,
            Version = version,
            Rows = ingested.Rows,
            Unreadable = ingested.UnreadableRows,
            MinTime = ingested.MinTime,
            MaxTime = ingested.MaxTime,
            RunId = run.RunId,
            Sources = ingested.Files,
            CreatedAt = time.GetUtcNow(),
        };
        if (ingested.RejectsPath is { } rejects)
            await work.PublishAsync(Path.GetFileName(rejects), $"quarantine/{run.Pipeline}/{run.RunId}/unreadable.parquet", cancellationToken);
        // The same bytes are the same version, stored once.
        if (await Blobs.TryGetInfoAsync(DatasetCatalog.DataOf(run.Pipeline, version), cancellationToken) is null)
            await work.PublishAsync(Path.GetFileName(ingested.DataPath), DatasetCatalog.DataOf(run.Pipeline, version), cancellationToken);
        await Blobs.CreateOrReadJsonAsync(DatasetCatalog.ManifestOf(run.Pipeline, version), record, cancellationToken);
        var known = await catalog.AddAsync(record, cancellationToken);
        var reason = $"Run {run.RunId}: {ingested.Rows} rows{(known.RunId == run.RunId ? "" : $", the same content as run {known.RunId} ingested")}.";
        await audit.AppendAsync(new("mlops", "dataset.ingested", $"datasets/{run.Pipeline}/{version}", reason) { Key = $"runs/{run.RunId}/ingested" }, cancellationToken);
        return known;
    }

    private async Task<DatasetRef> NewestAsync(RunRequest run, CancellationToken cancellationToken)
    {
        var newest = (await catalog.ListAsync(run.Pipeline, cancellationToken)).FirstOrDefault(d => d.IsUsable)
            ?? throw new NoDataException(run.Pipeline);
        return new DatasetRef(run.RunId, run.Pipeline, newest.Version, newest.Rows, newest.Unreadable);
    }
}
