using System.Collections.Concurrent;
using System.Globalization;
using MlOps.Monitoring.Labels;
using MlOps.Monitoring.Logging;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>
/// Keeps an endpoint's predictions and labels in order: logged segments are sorted into days, labels are joined to their predictions.
/// Both work by a plan that is written first and deleted last; what a crash interrupts is done again by the same plan, under the same
/// names, and nothing is there twice.
/// </summary>
internal sealed class PredictionArchive(IBlobStore blobs, WorkFolders folders, MonitoringSettings settings, LabelLedger ledger, AuditLog audit, TimeProvider time)
{
    // More would only make the batch larger than memory likes; the rest is the next batch.
    private const int MostSegments = 2000;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    /// <summary>Sorts what was logged into days, and joins the labels that have come.</summary>
    /// <returns>The days that have got labels.</returns>
    public async Task<IReadOnlyList<DateOnly>> UpdateAsync(string endpoint, CancellationToken cancellationToken)
    {
        // Two at once would do the same work twice.
        var gate = _gates.GetOrAdd(endpoint, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            while (await TrySortAsync(endpoint, cancellationToken)) { }
            var labelled = await JoinAsync(endpoint, cancellationToken);
            await ForgetAsync(endpoint, cancellationToken);
            return labelled;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<bool> TrySortAsync(string endpoint, CancellationToken cancellationToken)
    {
        var place = PredictionFiles.CompactionOf(endpoint);
        var plan = await blobs.TryReadJsonAsync<Plan>(place, cancellationToken);
        if (plan is null)
        {
            var segments = await NamesAsync(PredictionFiles.SegmentsOf(endpoint), MostSegments, cancellationToken);
            if (segments.Count is 0) return false;
            plan = await blobs.CreateOrReadJsonAsync(place, new Plan(BatchName(), segments), cancellationToken);
        }

        if (!plan.Published)
        {
            using var work = folders.Create();
            var paths = await LayAsync(work, plan.Inputs, "segment", ".jsonl", cancellationToken);
            var sorted = Directory.CreateDirectory(work["sorted"]).FullName;
            var days = await Task.Run(() => AnswerSorter.Sort(paths, sorted, cancellationToken), cancellationToken);
            foreach (var (day, path) in days)
                await blobs.UploadAsync(path, $"{PredictionFiles.DayOf(endpoint, day)}{plan.Batch}{PredictionFiles.AnswersEnding}", cancellationToken);
        }
        await FinishAsync(plan, place, cancellationToken);
        return true;
    }

    private async Task<IReadOnlyList<DateOnly>> JoinAsync(string endpoint, CancellationToken cancellationToken)
    {
        var place = PredictionFiles.JoinOf(endpoint);
        var plan = await blobs.TryReadJsonAsync<Plan>(place, cancellationToken);
        if (plan is null)
        {
            var inputs = await NamesAsync(PredictionFiles.NewLabelsOf(endpoint), MostSegments, cancellationToken);
            inputs.AddRange(await NamesAsync(PredictionFiles.WaitingLabelsOf(endpoint), int.MaxValue, cancellationToken));
            if (inputs.Count is 0) return [];
            plan = await blobs.CreateOrReadJsonAsync(place, new Plan(BatchName(), inputs), cancellationToken);
        }

        IReadOnlyList<DateOnly> days = plan.Published ? [] : await JoinAsync(endpoint, plan, cancellationToken);
        await FinishAsync(plan, place, cancellationToken);
        return days;
    }

    private async Task<IReadOnlyList<DateOnly>> JoinAsync(string endpoint, Plan plan, CancellationToken cancellationToken)
    {
        var all = await PredictionDays.OfAllAsync(blobs, endpoint, cancellationToken);
        // What an interrupted join of this plan has written already is no label that stood before it.
        var standing = all.Labels.Select(b => b.Name).Where(b => !b.EndsWith(plan.Batch + PredictionFiles.LabelsEnding, StringComparison.Ordinal));
        var fresh = plan.Inputs.Where(b => b.StartsWith(PredictionFiles.NewLabelsOf(endpoint), StringComparison.Ordinal)).ToList();
        using var work = folders.Create();
        var join = new LabelJoin
        {
            New = await LayAsync(work, fresh, "new", ".jsonl", cancellationToken),
            Waiting = await LayAsync(work, plan.Inputs.Except(fresh, StringComparer.Ordinal), "waiting", ".parquet", cancellationToken),
            Answers = await LayAsync(work, all.Answers.Select(b => b.Name), "answers", ".parquet", cancellationToken),
            Standing = await LayAsync(work, standing, "standing", ".parquet", cancellationToken),
            Settings = await settings.FindAsync(endpoint, cancellationToken) ?? new EndpointMonitoring { Pipeline = endpoint },
            Now = time.GetUtcNow(),
        };
        var output = Directory.CreateDirectory(work["joined"]).FullName;
        var joined = await Task.Run(() => join.Run(output, cancellationToken), cancellationToken);
        foreach (var (day, path) in joined.Labels)
            await blobs.UploadAsync(path, $"{PredictionFiles.DayOf(endpoint, day)}{plan.Batch}{PredictionFiles.LabelsEnding}", cancellationToken);
        await UploadAsync(joined.Contradicting, PredictionFiles.ContradictingLabelsOf(endpoint), plan, cancellationToken);
        await UploadAsync(joined.Corrected, PredictionFiles.CorrectedLabelsOf(endpoint), plan, cancellationToken);
        foreach (var corrected in joined.Corrections) await TellAsync(endpoint, plan, corrected, cancellationToken);
        await UploadAsync(joined.Unknown, PredictionFiles.UnknownLabelsOf(endpoint), plan, cancellationToken);
        await UploadAsync(joined.Waiting, PredictionFiles.WaitingLabelsOf(endpoint), plan, cancellationToken);
        await ledger.NoteAsync(endpoint, plan.Batch, joined.Counts, cancellationToken);
        return [.. joined.Labels.Select(l => l.Day)];
    }

    private async Task TellAsync(string endpoint, Plan plan, CorrectedLabels corrected, CancellationToken cancellationToken)
    {
        var more = corrected.Count > corrected.Rows.Count
            ? $"; all {corrected.Count} in {PredictionFiles.CorrectedLabelsOf(endpoint)}{plan.Batch}.parquet"
            : "";
        string Shown(Func<CorrectedLabel, string> label) => string.Join(", ", corrected.Rows.Select(r => $"{r.Request}/{r.Row} = {label(r)}")) + more;
        var (by, reason) = corrected.Correction;
        await audit.AppendAsync(
            new(by, "labels.corrected", $"endpoints/{endpoint}/labels", reason, Shown(r => r.Before), Shown(r => r.After)) { Key = $"labels/{endpoint}/{plan.Batch}/{corrected.Received:O}/{by}/{reason}" },
            cancellationToken);
    }

    /// <summary>Deletes what was logged longer ago than the pipeline wants it kept, and says so before.</summary>
    private async Task ForgetAsync(string endpoint, CancellationToken cancellationToken)
    {
        if ((await settings.FindAsync(endpoint, cancellationToken))?.Log.Keep is not { } keep) return;
        var limit = time.GetUtcNow() - keep;
        var all = await PredictionDays.OfAllAsync(blobs, endpoint, cancellationToken);
        var old = all.Answers.Concat(all.Labels).Where(b => b.LastModified < limit).Select(b => b.Name).ToList();
        foreach (var prefix in new[] { PredictionFiles.UnknownLabelsOf(endpoint), PredictionFiles.ContradictingLabelsOf(endpoint), PredictionFiles.CorrectedLabelsOf(endpoint) })
        {
            await foreach (var blob in blobs.ListAsync(prefix, cancellationToken).Where(b => b.LastModified < limit)) old.Add(blob.Name);
        }

        if (old.Count is 0) return;
        await audit.AppendAsync(
            new("mlops", "predictions.deleted", $"endpoints/{endpoint}/predictions", string.Create(CultureInfo.InvariantCulture, $"{old.Count} files of predictions and labels stored before {limit.UtcDateTime:u}: they are kept for {keep:g}."))
            {
                // What a crash interrupts is told again for what is left.
                Key = $"predictions/{endpoint}/deleted/{old[0]}/{old.Count}",
            },
            cancellationToken);
        foreach (var name in old) await blobs.DeleteAsync(name, cancellationToken);
    }

    private async Task FinishAsync(Plan plan, string place, CancellationToken cancellationToken)
    {
        // Noted before the first input goes: from here on the plan is never made anew from what is left of them.
        await blobs.WriteJsonAsync(place, plan with { Published = true }, cancellationToken);
        foreach (var input in plan.Inputs) await blobs.DeleteAsync(input, cancellationToken);
        await blobs.DeleteAsync(place, cancellationToken);
    }

    private async Task UploadAsync(string? path, string folder, Plan plan, CancellationToken cancellationToken)
    {
        if (path is not null) await blobs.UploadAsync(path, $"{folder}{plan.Batch}.parquet", cancellationToken);
    }

    private async Task<List<string>> NamesAsync(string prefix, int most, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(prefix, cancellationToken))
        {
            if (names.Count == most) break;
            names.Add(blob.Name);
        }
        return names;
    }

    private static async Task<IReadOnlyList<string>> LayAsync(WorkFolder work, IEnumerable<string> names, string kind, string ending, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (var name in names) paths.Add(await work.LayAsync(name, string.Create(CultureInfo.InvariantCulture, $"{kind}-{paths.Count}{ending}"), cancellationToken));
        return paths;
    }

    private string BatchName() => string.Create(
        CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmssfff}-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4))}");

    /// <summary>What a batch is made of.</summary>
    private sealed record Plan(string Batch, IReadOnlyList<string> Inputs)
    {
        /// <summary>Whether all that comes of it is in its place.</summary>
        public bool Published { get; init; }
    }
}
