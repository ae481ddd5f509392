using MlOps.Core.Models;
using MlOps.Monitoring.Measuring;
using MlOps.Storage;
using MlOps.Storage.Blobs;

namespace MlOps.Pipelines.Monitoring;

/// <summary>Keeps what chance makes of samples of a model version's references, beside what it answered in its evaluation.</summary>
internal sealed class ChanceFiles(IBlobStore blobs)
{
    // Another number wherever the same samples would be measured otherwise: then they are drawn anew.
    private const int Measure = 1;

    public async Task<ChanceDraws> ReadAsync(ModelVersionRecord model, CancellationToken cancellationToken)
    {
        try
        {
            return new ChanceDraws(await blobs.TryReadJsonAsync<List<ChanceDraw>>(PlaceOf(model), cancellationToken) ?? []);
        }
        catch (StoredDocumentException)
        {
            // Nothing is lost that cannot be drawn again.
            return new ChanceDraws();
        }
    }

    /// <summary>Keeps what is new. Of two windows that are measured at once the last one's is kept; the other's is drawn again when it is needed.</summary>
    public async Task KeepAsync(ModelVersionRecord model, ChanceDraws draws, CancellationToken cancellationToken)
    {
        if (draws.HasNew) await blobs.WriteJsonAsync(PlaceOf(model), draws.All, cancellationToken);
    }

    private static string PlaceOf(ModelVersionRecord model) => $"monitoring/{model.Name}/{model.Version}/chance-{Measure}.json";
}
