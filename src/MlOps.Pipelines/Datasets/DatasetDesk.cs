using MlOps.Core.Datasets;
using MlOps.Core.Specification;
using MlOps.Core.Text;
using MlOps.Data.Inference;
using MlOps.Data.Versions;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Datasets;

namespace MlOps.Pipelines.Datasets;

/// <summary>What changed between two versions, and what told rows apart.</summary>
/// <param name="From">The old version, 64 hexadecimal digits.</param>
/// <param name="To">The new version.</param>
/// <param name="Key">Columns that named a row; empty: whole rows were compared.</param>
/// <param name="Note">Why a declared key was not used; <see langword="null"/> otherwise.</param>
/// <param name="Diff">What changed.</param>
public sealed record DatasetComparison(string From, string To, IReadOnlyList<string> Key, string? Note, DatasetDiff Diff);

/// <summary>Rules that a version keeps, as the pipeline's file would have them.</summary>
/// <param name="Version">The version, 64 hexadecimal digits.</param>
/// <param name="Before">The file as it is.</param>
/// <param name="After">The file with the rules; the same when there is nothing to add.</param>
/// <param name="Diff">What was added, as <c>diff -u</c> writes it; empty when nothing.</param>
public sealed record InferredRules(string Version, string Before, string After, string Diff);

/// <summary>Where people work with dataset versions, outside of runs.</summary>
public sealed class DatasetDesk
{
    private readonly PipelineCatalog _pipelines;
    private readonly DatasetCatalog _catalog;
    private readonly DatasetExaminer _examiner;
    private readonly DatasetDescriber _describer;
    private readonly WorkFolders _folders;
    private readonly AuditLog _audit;

    internal DatasetDesk(
        PipelineCatalog pipelines, DatasetCatalog catalog, DatasetExaminer examiner, DatasetDescriber describer, WorkFolders folders, AuditLog audit) =>
        (_pipelines, _catalog, _examiner, _describer, _folders, _audit) =
        (pipelines, catalog, examiner, describer, folders, audit);

    /// <summary>Holds a version against the rules as they are in <c>pipeline.yaml</c> now; audited.</summary>
    /// <param name="dataset">The version.</param>
    /// <param name="operation">Names the place of rows that are set apart.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DatasetDeskException">The dataset has no pipeline any more.</exception>
    public async Task<ValidationVerdict> RevalidateAsync(DatasetRecord dataset, string operation, string by, string reason, CancellationToken cancellationToken)
    {
        var spec = SpecOf(dataset);
        var verdict = await _examiner.ExamineAsync(dataset, spec, $"quarantine/{dataset.Name}/revalidation-{operation}/", cancellationToken);
        await _audit.AppendAsync(
            new(by, "dataset.revalidated", $"datasets/{dataset.Name}/{dataset.Version}", $"{reason} {verdict.Kept} kept, {verdict.Quarantined} quarantined. {verdict.Reason}".Trim(), Word(dataset.Passed), Word(verdict.Passed))
            {
                Key = $"operations/{operation}/revalidated",
            },
            cancellationToken);
        await DescribeAgainAsync(dataset, spec, cancellationToken);
        return verdict;
    }

    /// <summary>A person accepts a version that failed, so that it may be trained on; audited.</summary>
    /// <exception cref="DatasetDeskException">It did not fail.</exception>
    public async Task<DatasetRecord> AcceptAsync(DatasetRecord dataset, string by, string reason, CancellationToken cancellationToken)
    {
        var accepted = await TryAsync(() => _catalog.AcceptAsync(dataset, by, reason, cancellationToken));
        if (_pipelines.TryRead(dataset.Name) is { Spec: var spec }) await DescribeAgainAsync(dataset, spec, cancellationToken);
        return accepted;
    }

    /// <summary>Makes a version the newest that is trained on, until new data arrives; audited.</summary>
    /// <returns>The versions that were set aside.</returns>
    /// <exception cref="DatasetDeskException">The version may not be trained on.</exception>
    public async Task<IReadOnlyList<DatasetRecord>> RollBackAsync(DatasetRecord dataset, string by, string reason, CancellationToken cancellationToken) =>
        await TryAsync(() => _catalog.RollBackAsync(dataset, by, reason, cancellationToken));

    /// <summary>Tells what changed from one version to another.</summary>
    /// <param name="from">The old version.</param>
    /// <param name="to">The new version, of the same dataset.</param>
    /// <param name="key">Columns that name a row; <see langword="null"/>: those of the first check 'unique', where there is one that both versions keep.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DatasetDeskException">The given key cannot be used.</exception>
    public async Task<DatasetComparison> CompareAsync(DatasetRecord from, DatasetRecord to, IReadOnlyList<string>? key, CancellationToken cancellationToken)
    {
        using var work = _folders.Create();
        var before = await work.LayAsync(DatasetCatalog.DataOf(from.Name, from.Version), "from.parquet", cancellationToken);
        var after = await work.LayAsync(DatasetCatalog.DataOf(to.Name, to.Version), "to.parquet", cancellationToken);
        var declared = _pipelines.TryRead(from.Name)?.Spec.Data.Checks.OfType<UniqueCheck>().FirstOrDefault()?.Columns ?? [];
        return await Task.Run(() => key is null ? CompareByDeclared() : CompareByGiven(key), cancellationToken);

        DatasetComparison Compare(IReadOnlyList<string> columns, string? note) =>
            new(from.Version, to.Version, columns, note, new DatasetComparer().Compare(before, after, columns, cancellationToken));

        DatasetComparison CompareByDeclared()
        {
            try
            {
                return Compare(declared, null);
            }
            catch (ArgumentException error) when (declared.Count > 0)
            {
                return Compare([], FirstLine(error));
            }
        }

        DatasetComparison CompareByGiven(IReadOnlyList<string> columns)
        {
            try
            {
                return Compare(columns, null);
            }
            catch (ArgumentException error)
            {
                throw new DatasetDeskException(FirstLine(error));
            }
        }
    }

    /// <summary>Rows of a version that were set apart, with their reasons. They may hold personal data, so the look at them is audited.</summary>
    /// <param name="dataset">The version.</param>
    /// <param name="take">Most rows of each kind.</param>
    /// <param name="by">Who looks.</param>
    /// <param name="reason">Why, where they say so.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<QuarantinePage> ReadQuarantineAsync(DatasetRecord dataset, int take, string by, string? reason, CancellationToken cancellationToken)
    {
        await _audit.AppendAsync(new(by, "data.read", $"datasets/{dataset.Name}/{dataset.Version}", $"Rows that were set apart. {reason}".TrimEnd()), cancellationToken);
        using var work = _folders.Create();
        var rows = dataset.Quarantine is { } prefix ? await work.TryLayAsync($"{prefix}rows.parquet", "rows.parquet", cancellationToken) : null;
        var unreadable = await work.TryLayAsync($"quarantine/{dataset.Name}/{dataset.RunId}/unreadable.parquet", "unreadable.parquet", cancellationToken);
        return await Task.Run(
            () =>
            {
                var (broken, shown) = rows is null ? (0, []) : QuarantineSamples.ReadFirst(rows, take, cancellationToken);
                var (unread, examples) = unreadable is null ? (0, []) : QuarantineSamples.ReadUnreadable(unreadable, take, cancellationToken);
                return new QuarantinePage(broken, shown, unread, examples);
            },
            cancellationToken);
    }

    /// <summary>A version's profile; the pages that describe it are made where they are missing.</summary>
    /// <exception cref="DatasetDeskException">The dataset has no pipeline any more.</exception>
    public async Task<DatasetProfile> ProfileAsync(DatasetRecord dataset, CancellationToken cancellationToken)
    {
        var spec = SpecOf(dataset);
        await _describer.DescribeAsync(dataset, spec, cancellationToken);
        return await _describer.ProfileAsync(dataset, spec, cancellationToken);
    }

    /// <summary>The pipeline's file with rules added that a version keeps, for a person to review.</summary>
    /// <exception cref="DatasetDeskException">The dataset has no pipeline any more, or the version has no rows.</exception>
    public async Task<InferredRules> InferAsync(DatasetRecord dataset, CancellationToken cancellationToken)
    {
        if (_pipelines.TryRead(dataset.Name) is not (var spec, var text)) throw NoPipeline(dataset);
        var profile = await _describer.ProfileAsync(dataset, spec, cancellationToken);
        using var work = _folders.Create();
        var data = await work.LayAsync(DatasetCatalog.DataOf(dataset.Name, dataset.Version), "data.parquet", cancellationToken);
        try
        {
            var rules = ConstraintInference.Infer(profile, spec.Data);
            var order = await Task.Run(() => OrderInference.Infer(data, profile, spec.Data, cancellationToken), cancellationToken);
            var inferred = DataSpecYaml.AddTo(text, spec.Data, rules with { Checks = [.. rules.Checks, .. order] });
            return new(dataset.Version, text, inferred, LineDiff.Unified(text, inferred, $"workflows/{dataset.Name}/pipeline.yaml"));
        }
        catch (ArgumentException error)
        {
            throw new DatasetDeskException(FirstLine(error));
        }
    }

    private async Task DescribeAgainAsync(DatasetRecord dataset, PipelineSpec spec, CancellationToken cancellationToken) =>
        await _describer.DescribeAsync((await _catalog.TryGetAsync(dataset.Name, dataset.Version, cancellationToken))!, spec, cancellationToken);

    private PipelineSpec SpecOf(DatasetRecord dataset) => _pipelines.TryRead(dataset.Name)?.Spec ?? throw NoPipeline(dataset);

    private DatasetDeskException NoPipeline(DatasetRecord dataset) => new(
        $"There is no pipeline '{dataset.Name}' any more, whose rules dataset {dataset.Name}@{dataset.Version[..12]} went by. Those there are: {string.Join(", ", _pipelines.Names())}.");

    private static async Task<T> TryAsync<T>(Func<Task<T>> decide)
    {
        try
        {
            return await decide();
        }
        catch (InvalidOperationException error)
        {
            throw new DatasetDeskException(error.Message);
        }
    }

    // The message of an ArgumentException ends with the parameter's name, which is no business of the reader.
    private static string FirstLine(ArgumentException error) => error.Message.Split(" (Parameter '", 2)[0];

    private static string? Word(bool? passed) => passed switch { true => "passed", false => "failed", null => null };
}

/// <summary>What was asked of a dataset version cannot be done, for a reason that the caller can act on.</summary>
public sealed class DatasetDeskException(string message) : Exception(message);
