using MlOps.Core.Endpoints;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Staging;

/// <summary>A version on its staging slot, and what is known of how it must answer.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Client">Asks it.</param>
/// <param name="Model">The version.</param>
/// <param name="Signature">What it answers.</param>
/// <param name="Transform">The columns of its rows.</param>
/// <param name="Golden">Rows with the answers that evaluation got.</param>
/// <param name="Champion">The version in production; <see langword="null"/>: none.</param>
/// <param name="Terms">The pipeline's terms of the tests.</param>
internal sealed record StagedVersion(
    string Endpoint, StagingClient Client, ModelRef Model, ModelSignature Signature, FeatureTransform Transform, GoldenRows Golden, StagedChampion? Champion, ApplicationTestSpec Terms);

/// <summary>The version in production, beside which another is staged.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Client">Asks it.</param>
/// <param name="Golden">Rows with the answers that its evaluation got.</param>
internal sealed record StagedChampion(EndpointVariant Variant, StagingClient Client, GoldenRows Golden);
