using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Data.Features;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>A request for predictions, whatever protocol it came by.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Choice">Which variant is asked for.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="ArrivedAt">Timestamp of its arrival.</param>
internal sealed record PredictionCall(string Id, string Endpoint, VariantChoice Choice, RequestRows Rows, long ArrivedAt)
{
    /// <summary>Whether it only tries the endpoint out: nobody learns of it but the caller.</summary>
    public bool IsTest { get; init; }
}

/// <summary>What a variant answers.</summary>
/// <param name="Signature">Of its model.</param>
/// <param name="Scores">The model's output, shape [rows, width], row by row.</param>
/// <param name="Warnings">What is odd about the rows.</param>
internal sealed record PredictionAnswer(ModelSignature Signature, float[] Scores, IReadOnlyList<InstanceError> Warnings);

/// <summary>The one way from a request to its answer: chooses the variant, computes, tells the observers, and copies the request to who shadows.</summary>
internal sealed partial class Predictor(
    EndpointTable endpoints, AnswerObservers observers, MirrorQueue mirrors, IOptions<ServingOptions> options, ILogger<Predictor> logger)
{
    /// <summary>The answer to a request, and who gave it.</summary>
    /// <exception cref="PredictionException">There is none, for a reason that the caller can act on.</exception>
    public async Task<(EndpointVariant Variant, PredictionAnswer Answer)> PredictAsync(PredictionCall call, CancellationToken cancellationToken)
    {
        var (endpoint, variant, model) = await UseAsync(call, cancellationToken);
        try
        {
            var answer = await ComputeAsync(call, endpoint, variant, model, cancellationToken);
            observers.Tell(call, variant, call.ArrivedAt, answer.Scores, StatusCodes.Status200OK);
            if (call.Choice.IsBySplit && !call.IsTest) Mirror(call, endpoint, variant, answer.Scores);
            return (variant.Variant, answer);
        }
        catch (PredictionException refused)
        {
            observers.Tell(call, variant, call.ArrivedAt, [], refused.Status, refused.Message);
            throw;
        }
        finally
        {
            model.Dispose();
        }
    }

    /// <summary>The variant that answers, its model kept in memory until the caller disposes it.</summary>
    private async ValueTask<(ServedEndpoint Endpoint, ServedVariant Variant, LoadedModel Model)> UseAsync(PredictionCall call, CancellationToken cancellationToken)
    {
        while (endpoints.Find(call.Endpoint) is { } endpoint)
        {
            var variant = call.Choice.From(endpoint, call.Rows);
            try
            {
                // An endpoint that was let go between the look-up and the use has a successor in the table.
                if (await variant.Model.TryUseAsync(cancellationToken) is { } model) return (endpoint, variant, model);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogFailed(call.Id, call.Endpoint, variant.Variant.Name, error);
                var refused = PredictionException.ModelAway(variant, error);
                observers.Tell(call, variant, call.ArrivedAt, [], refused.Status, refused.Message);
                throw refused;
            }
        }

        throw PredictionException.UnknownEndpoint(call.Endpoint, endpoints.Names);
    }

    private async Task<PredictionAnswer> ComputeAsync(
        PredictionCall call, ServedEndpoint endpoint, ServedVariant variant, LoadedModel model, CancellationToken cancellationToken)
    {
        try
        {
            var rows = call.Rows.Read(model.Rows, options.Value.MaxInstances, endpoint.Manifest.StickyBy);
            return new(model.Signature, await model.Predictions.PredictAsync(rows, cancellationToken), rows.Warnings);
        }
        catch (InvalidInstancesException error)
        {
            throw PredictionException.Invalid(error.Message, error);
        }
        catch (Exception error) when (error is not (OperationCanceledException or PredictionException))
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
            if (variant.Variant.Mirror > 0 && variant != answered && TrafficSplit.ByChance() * 100 < variant.Variant.Mirror)
                mirrors.TryAdd(new(call, endpoint, variant, scores));
        }
    }

    [LoggerMessage(4202, LogLevel.Error, "Request {RequestId} to endpoint {Endpoint}, variant {Variant}, failed")]
    private partial void LogFailed(string requestId, string endpoint, string variant, Exception error);
}
