using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Pipelines.Releases;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Pipelines.Staging;

/// <summary>Finds a staged version, and waits until the serving process has taken it up.</summary>
internal sealed class StagedEndpoint(
    IBlobStore blobs, EndpointStore endpoints, HttpClient http, ServingAddress serving, IOptions<PipelineOptions> options, TimeProvider time)
{
    /// <summary>The version once it answers by its name; or why it does not.</summary>
    public async Task<(StagedVersion? Staged, string? Problem)> FindAsync(ReleaseRequest release, ApplicationTestSpec terms, CancellationToken cancellationToken)
    {
        VerifiedPackage package;
        StagedChampion? champion;
        try
        {
            package = await VerifiedPackage.OpenAsync(blobs, ModelPackage.PathOf(release.Model.Name, release.Model.Version), release.Model.Package, cancellationToken);
            await package.CheckAsync(cancellationToken);
            champion = await ChampionAsync(release.Endpoint, cancellationToken);
        }
        catch (PackageException damaged)
        {
            return (null, damaged.Message);
        }

        var golden = await package.ReadJsonAsync<GoldenRows>(ModelPackage.Golden, cancellationToken);
        var client = ClientOf(release.Endpoint, EndpointVariant.Candidate);
        var began = time.GetTimestamp();
        while (true)
        {
            var answer = await client.PredictAsync(golden.Instances.Take(1), cancellationToken);
            if (answer.TryRead()?.Version == release.Model.Version) break;
            if (time.GetElapsedTime(began) > options.Value.VerifyPatience)
                return (null, $"{client.Url} does not answer with version {release.Model.Version}: {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }

        var staged = new StagedVersion(
            release.Endpoint,
            client,
            release.Model,
            await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken),
            await package.ReadJsonAsync<FeatureTransform>(ModelPackage.Features, cancellationToken),
            golden,
            champion,
            terms);
        return (staged, null);
    }

    private StagingClient ClientOf(string endpoint, string variant) =>
        new(http, new Uri(serving.BaseAddress, $"api/endpoints/{endpoint}/variants/{variant}/predict"), time);

    private async Task<StagedChampion?> ChampionAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (await endpoints.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Champion() is not { } champion) return null;
        // Serving refuses a version that was released before packages were hashed: it answers nothing that could be held against this one.
        if (champion.Package is null) return null;
        var package = await VerifiedPackage.OpenAsync(blobs, champion, cancellationToken);
        return new(champion, ClientOf(endpoint, champion.Name), await package.ReadJsonAsync<GoldenRows>(ModelPackage.Golden, cancellationToken));
    }
}
