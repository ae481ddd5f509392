using System.Text;
using MlOps.Core.Datasets;
using MlOps.Core.Runs;
using MlOps.Core.Specification;
using MlOps.Data.Profiling;
using MlOps.Pipelines.Runs;
using MlOps.Storage.Blobs;
using MlOps.Storage.Datasets;
using MlOps.Storage.Runs;

namespace MlOps.Pipelines.Datasets;

/// <summary>Writes the pages that describe a dataset version: its profile and its datasheet. Safe to run again: a profile that is there is kept.</summary>
internal sealed class DatasetDescriber(IBlobStore blobs, RunStore runs, WorkFolders folders)
{
    /// <summary>Writes what is missing, and the datasheet anew from what is on record now.</summary>
    public async Task<DatasetDescription> DescribeAsync(DatasetRecord dataset, PipelineSpec spec, CancellationToken cancellationToken)
    {
        var profile = await ProfileAsync(dataset, spec, cancellationToken);
        var validation = await blobs.TryReadJsonAsync<ValidationReport>(FileOf(dataset, DatasetFiles.Validation), cancellationToken);
        var facts = new DatasheetFacts(spec, dataset, profile, validation?.Verdict, await runs.TryGetAsync(dataset.RunId, cancellationToken));
        await WriteAsync(FileOf(dataset, DatasetFiles.Datasheet), Datasheet.Write(facts), cancellationToken);
        return new([FileOf(dataset, DatasetFiles.Profile), FileOf(dataset, DatasetFiles.ProfilePage), FileOf(dataset, DatasetFiles.Datasheet)]);
    }

    /// <summary>The version's profile, made when it is not there yet.</summary>
    public async Task<DatasetProfile> ProfileAsync(DatasetRecord dataset, PipelineSpec spec, CancellationToken cancellationToken)
    {
        var place = FileOf(dataset, DatasetFiles.Profile);
        if (await blobs.TryReadJsonAsync<DatasetProfile>(place, cancellationToken) is { } made) return made;

        using var work = folders.Create();
        var data = await work.LayAsync(DatasetCatalog.DataOf(dataset.Name, dataset.Version), "data.parquet", cancellationToken);
        var profile = await Task.Run(() => new DatasetProfiler().Profile(data, spec.Data, spec.Features.Label, cancellationToken), cancellationToken);
        await WriteAsync(FileOf(dataset, DatasetFiles.ProfilePage), ProfilePage.Render(profile, $"{dataset.Name} {dataset.Version[..12]}"), cancellationToken);
        // Last: where it is, the page is, too.
        await blobs.WriteJsonAsync(place, profile, cancellationToken);
        return profile;
    }

    private static string FileOf(DatasetRecord dataset, string file) => DatasetCatalog.FileOf(dataset.Name, dataset.Version, file);

    private async Task WriteAsync(string name, string text, CancellationToken cancellationToken) =>
        await blobs.TryWriteAsync(name, Encoding.UTF8.GetBytes(text), WriteCondition.None, cancellationToken);
}
