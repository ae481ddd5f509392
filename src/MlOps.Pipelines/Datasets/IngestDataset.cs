using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
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
internal sealed class IngestDataset(
    RunStepServices services, DatasetCatalog catalog, DropFiles drops, AuditLog audit, IOptions<PipelineOptions> options, TimeProvider time)
    : RunStep<RunRequest, DatasetRef>(services)
{
    protected override string Step => RunSteps.Ingest;

    protected override string RunIdOf(RunRequest input) => input.RunId;

    protected override (StepStatus, string) Describe(DatasetRef output) =>
        (StepStatus.Done, $"dataset {output.Name}@{output.Version[..12]}: {output.Rows:N0} rows"
            + (output.Unreadable is 0 ? "" : $", {output.Unreadable:N0} unreadable")
            + (output.KnownFrom is null ? "" : $"; the same content as run {output.KnownFrom} ingested, no new version")
            + LeftOut(output.Repeats, "another file has the same bytes")
            + LeftOut(output.Known, "their rows are in the data already"));

    protected override async Task<DatasetRef> ExecuteAsync(RunRequest input, StepProgress progress, CancellationToken cancellationToken)
    {
        if (input.Files.Count is 0) return await NewestAsync(input, cancellationToken);

        var spec = await Specs.ReadAsync(input.RunId, cancellationToken);
        var known = KnownFiles.Of(await catalog.ListAsync(input.Pipeline, cancellationToken), spec.Data);
        using var work = Work.Create();
        var sources = await drops.TakeAsync(input, work, progress, cancellationToken);
        try
        {
            return await IngestUsableAsync(input, sources, spec.Data, known, work, progress, cancellationToken) is { } ingested
                ? await PublishAsync(input, ingested, spec.Data, work, cancellationToken)
                : Refer(input, sources, known);
        }
        catch (DataStorageException full)
        {
            throw new NonRetriableTaskException($"{full.Message} The run's files are kept in runs/{input.RunId}/source/: drop them again then.", full);
        }
    }

    private static string LeftOut(IReadOnlyList<string>? files, string since) => files is { Count: > 0 }
        ? $"; left out, since {since}: {string.Join(", ", files.Take(10))}{(files.Count > 10 ? $" and {files.Count - 10:N0} more" : "")}"
        : "";

    /// <summary>Ingests what can be used; each file that cannot goes to quarantine.</summary>
    /// <returns>What came out; <see langword="null"/> when all of it is in the data already.</returns>
    private async Task<IngestResult?> IngestUsableAsync(
        RunRequest run, List<SourceFile> sources, DataSpec spec, KnownFiles known, WorkFolder work, StepProgress progress, CancellationToken cancellationToken)
    {
        var ingestor = new DatasetIngestor(limits: options.Value.Ingest);
        while (sources.Count > 0)
        {
            try
            {
                await progress.ReportAsync($"reading {sources.Count:N0} {(sources.Count is 1 ? "file" : "files")}", cancellationToken);
                return await Task.Run(() => ingestor.IngestNew(sources, known.Contains, spec, work.Path, cancellationToken), cancellationToken);
            }
            catch (DatasetFileException error)
            {
                IReadOnlyList<DatasetFileException> faults = [error, .. error.Others];
                await QuarantineAsync(run, faults, cancellationToken);
                sources.RemoveAll(s => faults.Any(f => f.File == s.Name));
            }
        }

        throw new UnusableFilesException(await ReportOfAsync(run, cancellationToken));
    }

    /// <summary>Sets files apart: first the report, then the files, so that a file in quarantine always has its report.</summary>
    private async Task QuarantineAsync(RunRequest run, IReadOnlyList<DatasetFileException> faults, CancellationToken cancellationToken)
    {
        var report = await ReportOfAsync(run, cancellationToken);
        var names = faults.Select(f => f.File).ToHashSet(StringComparer.Ordinal);
        var entries = faults.DistinctBy(f => f.File, StringComparer.Ordinal)
            .Select(f => new QuarantinedFile(f.File, f.Message, f.Line, f.Column, f.Value, f.Problem, f.Remedy, time.GetUtcNow()));
        report = report with { Files = [.. report.Files.Where(f => !names.Contains(f.File)), .. entries] };
        await Blobs.TryWriteAsync(
            QuarantineReport.NameOf(run), JsonSerializer.SerializeToUtf8Bytes(report, MlOpsJson.Indented), WriteCondition.None, cancellationToken);

        foreach (var fault in faults.DistinctBy(f => f.File, StringComparer.Ordinal))
        {
            var place = await drops.QuarantineAsync(run, fault.File, cancellationToken);
            await audit.AppendAsync(new("mlops", "file.quarantined", place, fault.Message) { Key = $"{place}/quarantined" }, cancellationToken);
        }
    }

    private async Task<QuarantineReport> ReportOfAsync(RunRequest run, CancellationToken cancellationToken) =>
        await Blobs.TryReadJsonAsync<QuarantineReport>(QuarantineReport.NameOf(run), cancellationToken) ?? new QuarantineReport(run.RunId, []);

    private async Task<DatasetRef> PublishAsync(RunRequest run, IngestResult ingested, DataSpec spec, WorkFolder work, CancellationToken cancellationToken)
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
            Reading = ReadingFingerprint.Of(spec),
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
        return new DatasetRef(run.RunId, run.Pipeline, known.Version, ingested.Rows, ingested.UnreadableRows)
        {
            KnownFrom = known.RunId == run.RunId ? null : known.RunId,
            Repeats = ingested.Repeats is { Count: > 0 } repeats ? repeats : null,
            Known = ingested.Known is { Count: > 0 } left ? left : null,
        };
    }

    /// <summary>Nothing of the drop is new: the run goes on with what it became before.</summary>
    private static DatasetRef Refer(RunRequest run, IReadOnlyList<SourceFile> sources, KnownFiles known)
    {
        var holder = known.HolderOf([.. sources.Select(s => HashOf(s.Path))]);
        return new(run.RunId, run.Pipeline, holder.Version, holder.Rows, holder.Unreadable) { KnownFrom = holder.RunId, Known = [.. sources.Select(s => s.Name)] };
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private async Task<DatasetRef> NewestAsync(RunRequest run, CancellationToken cancellationToken)
    {
        var newest = (await catalog.ListAsync(run.Pipeline, cancellationToken)).FirstOrDefault(d => d.IsUsable)
            ?? throw new NoDataException(run.Pipeline);
        return new DatasetRef(run.RunId, run.Pipeline, newest.Version, newest.Rows, newest.Unreadable);
    }
}
