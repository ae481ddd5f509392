using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>A request for predictions, whatever protocol it came by.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Variant">Name of the variant; <see langword="null"/>: the endpoint's traffic split decides.</param>
/// <param name="Instances">The raw rows; at least one.</param>
/// <param name="ArrivedAt">Timestamp of its arrival.</param>
internal sealed record PredictionCall(string Id, string Endpoint, string? Variant, IReadOnlyList<JsonElement> Instances, long ArrivedAt);

/// <summary>What a variant answers.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Scores">The model's output, shape [rows, width], row by row.</param>
internal sealed record PredictionAnswer(ServedVariant Variant, float[] Scores)
{
    public ModelSignature Signature => Variant.Model.Signature;
}

/// <summary>The one way from a request to its answer: chooses the variant, computes, tells the observers, and copies the request to who shadows.</summary>
internal sealed partial class Predictor(
    EndpointTable endpoints, AnswerObservers observers, MirrorQueue mirrors, ILogger<Predictor> logger)
{
    /// <summary>The answer to a request.</summary>
    /// <exception cref="PredictionException">There is none, for a reason that the caller can act on.</exception>
    public async Task<PredictionAnswer> PredictAsync(PredictionCall call, CancellationToken cancellationToken)
    {
        var (endpoint, variant) = Use(call);
        try
        {
            var scores = await ComputeAsync(call, variant, cancellationToken);
            observers.Tell(call, variant, call.ArrivedAt, scores, StatusCodes.Status200OK);
            if (call.Variant is null) Mirror(call, endpoint, variant, scores);
            return new(variant, scores);
        }
        catch (PredictionException refused)
        {
            observers.Tell(call, variant, call.ArrivedAt, [], refused.Status, refused.Message);
            throw;
        }
        finally
        {
            variant.Model.Dispose();
        }
    }

    /// <summary>The variant that answers, its model kept in memory until the caller disposes it.</summary>
    private (ServedEndpoint Endpoint, ServedVariant Variant) Use(PredictionCall call)
    {
        while (endpoints.Find(call.Endpoint) is { } endpoint)
        {
            var variant = Choose(call, endpoint);
            // An endpoint that was let go between the look-up and the use has a successor in the table.
            if (variant.Model.TryUse()) return (endpoint, variant);
        }

        throw PredictionException.UnknownEndpoint(call.Endpoint, endpoints.Names);
    }

    private static ServedVariant Choose(PredictionCall call, ServedEndpoint endpoint)
    {
        if (call.Variant is { } name)
            return endpoint.Variants.FirstOrDefault(v => v.Variant.Name == name) ?? throw PredictionException.UnknownVariant(endpoint, name);
        var sticky = endpoint.Manifest.StickyBy is { } column ? TrafficSplit.PointOf(endpoint.Name, column, call.Instances[0]) : null;
        var index = TrafficSplit.At(endpoint.Manifest.Variants, sticky ?? Chance());
        return index < 0 ? throw PredictionException.OnlyStaged(endpoint) : endpoint.Variants[index];
    }

    private async Task<float[]> ComputeAsync(PredictionCall call, ServedVariant variant, CancellationToken cancellationToken)
    {
        try
        {
            return await variant.Model.Predictions.PredictAsync(call.Instances, cancellationToken);
        }
        catch (InvalidInstancesException error)
        {
            throw PredictionException.Invalid(error);
        }
        catch (OverloadedException error)
        {
            throw PredictionException.Overloaded(error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFailed(call.Id, call.Endpoint, variant.Variant.Name, error);
            throw new PredictionException(
                StatusCodes.Status500InternalServerError, "internal", "Something went wrong here", $"The server's log has the details, under request {call.Id}.", error);
        }
    }

    private void Mirror(PredictionCall call, ServedEndpoint endpoint, ServedVariant answered, float[] scores)
    {
        foreach (var variant in endpoint.Variants)
        {
            if (variant.Variant.Mirror is 0 || variant == answered || Chance() * 100 >= variant.Variant.Mirror) continue;
            if (variant.Model.TryUse()) mirrors.TryAdd(new(call, variant, scores));
        }
    }

    // Which customer lands where is no secret that somebody could gain from.
#pragma warning disable CA5394
    private static double Chance() => Random.Shared.NextDouble();
#pragma warning restore CA5394

    [LoggerMessage(4202, LogLevel.Error, "Request {RequestId} to endpoint {Endpoint}, variant {Variant}, failed")]
    private partial void LogFailed(string requestId, string endpoint, string variant, Exception error);
}
