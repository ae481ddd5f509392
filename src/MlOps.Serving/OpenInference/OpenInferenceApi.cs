using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlOps.Serving.Endpoints;
using MlOps.Serving.Health;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.OpenInference;

/// <summary>The Open Inference Protocol, version 2, over REST. A model of the protocol is an endpoint.</summary>
internal static class OpenInferenceApi
{
    /// <summary>Name of the header that says where the JSON ends and the binary data begins.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    private static readonly string s_version = typeof(OpenInferenceApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static void MapOpenInference(this IEndpointRouteBuilder routes)
    {
        var protocol = routes.MapGroup("/v2").WithTags("Open Inference Protocol");
        protocol.MapGet("", () => TypedResults.Ok(new ServerMetadata("mlops", s_version, ["binary_tensor_data"]))).WithSummary("What the server is and can do");
        protocol.MapGet("/health/live", () => TypedResults.Ok(new ServerHealth(Live: true, Ready: null))).WithSummary("Whether the server runs");
        protocol.MapGet("/health/ready", (ServingState state) => state.Obstacles.Count is 0
            ? TypedResults.Json(new ServerHealth(Live: true, Ready: true))
            : TypedResults.Json(new ServerHealth(Live: true, Ready: false), statusCode: StatusCodes.Status503ServiceUnavailable)).WithSummary("Whether every model is loaded and warm");

        var limit = new RequestSizeLimitAttribute(routes.ServiceProvider.GetRequiredService<IOptions<ServingOptions>>().Value.MaxBodyBytes);
        foreach (var path in (string[])["/models/{model}", "/models/{model}/versions/{version}"])
        {
            var models = protocol.MapGroup(path);
            models.MapGet("", (string model, string? version, EndpointTable table) => Metadata(model, version, table)).WithSummary("A model's inputs and outputs");
            models.MapGet("/ready", (string model, string? version, EndpointTable table) => Ready(model, version, table)).WithSummary("Whether a model answers");
            models.MapPost("/infer", (string model, string? version, HttpContext context, Predictor predictor, TimeProvider time) => InferAsync(model, version, context, predictor, time))
                .Accepts<object>("application/json", "*/*")
                .WithSummary("Predictions of tensors")
                .WithMetadata(limit);
        }
    }

    private static IResult Metadata(string model, string? version, EndpointTable table)
    {
        try
        {
            var (endpoint, variant) = Find(model, version, table);
            var facts = variant.Model.Facts;
            return TypedResults.Ok(new ModelMetadata(
                model,
                [.. endpoint.Variants.Select(v => VersionOf(v)).Distinct()],
                "onnxruntime_onnx",
                [.. facts.Transform.Columns.Select(c => new TensorMetadata(c.Name, Datatype.Of(c.Type), [-1]))],
                [.. InferOutput.AllOf(facts.Signature).Select(o => new TensorMetadata(o.Name, o.Datatype.Name, o.ShapeOf(-1)))]));
        }
        catch (PredictionException unknown)
        {
            return Error(unknown.Message, unknown.Status);
        }
    }

    private static IResult Ready(string model, string? version, EndpointTable table)
    {
        try
        {
            Find(model, version, table);
            return TypedResults.Ok(new ModelHealth(model, Ready: true));
        }
        catch (PredictionException unknown)
        {
            return Error(unknown.Message, unknown.Status);
        }
    }

    private static async Task InferAsync(string model, string? version, HttpContext context, Predictor predictor, TimeProvider time)
    {
        var arrivedAt = time.GetTimestamp();
        try
        {
            var request = InferRequest.Read(await RequestBody.ReadAsync(context), HeaderLengthOf(context));
            var id = RequestId.Take(context, request.Id);
            var choice = version is null ? VariantChoice.BySplit : VariantChoice.OfVersion(version);
            var (variant, answer) = await predictor.PredictAsync(new(id, model, choice, new TensorRows(request.Inputs, EventTimeOf(request, time)), arrivedAt), context.RequestAborted);
            await InferWriter.WriteAsync(context, request.Id ?? id, model, variant, answer, InferOutput.Requested(answer.Signature, request));
        }
        catch (InferException refused)
        {
            await RefuseAsync(refused.Message, refused.Status, context);
        }
        catch (PredictionException refused)
        {
            if (refused.Status is StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
            var message = refused.Errors is { } errors
                ? string.Join(" ", errors.Select(e => $"row {e.Row}, input '{e.Field}'{(e.Value is null ? "" : $" = {e.Value}")}: {e.Rule}"))
                : refused.Message;
            await RefuseAsync(message, refused.Status, context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
        }
    }

    private static DateTimeOffset? EventTimeOf(InferRequest request, TimeProvider time) => request.Time is not { } given
        ? null
        : EventTime.TryParse(given.ValueKind is JsonValueKind.String ? given.GetString() : null, time.GetUtcNow())
            ?? throw new InferException($"parameter 'time' is {given.GetRawText()[..Math.Min(60, given.GetRawText().Length)]}; expected {EventTime.Rule}.");

    private static Task RefuseAsync(string message, int status, HttpContext context)
    {
        if (!context.Response.Headers.ContainsKey(RequestId.Header)) RequestId.Take(context);
        return Error(message, status).ExecuteAsync(context);
    }

    private static int? HeaderLengthOf(HttpContext context)
    {
        if (context.Request.Headers[HeaderLength] is not [{ } text])
        {
            RequestBody.MustBeJson(context);
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new InferException($"{HeaderLength} is '{text}'; a number of bytes is expected.");
    }

    private static (ServedEndpoint Endpoint, ServedVariant Variant) Find(string model, string? version, EndpointTable table)
    {
        var endpoint = table.Find(model) ?? throw PredictionException.UnknownEndpoint(model, table.Names);
        if (version is not null) return (endpoint, endpoint.Variants.FirstOrDefault(v => VersionOf(v) == version) ?? throw PredictionException.UnknownVersion(endpoint, version));
        return (endpoint, endpoint.Variants.Where(v => v.Variant.Weight > 0).MaxBy(v => v.Variant.Weight) ?? throw PredictionException.OnlyStaged(endpoint));
    }

    private static string VersionOf(ServedVariant variant) => variant.Variant.Version.ToString(CultureInfo.InvariantCulture);

    private static JsonHttpResult<InferError> Error(string message, int status) => TypedResults.Json(new InferError(message), statusCode: status);
}

/// <summary>Answer of <c>GET /v2</c>.</summary>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Answer of <c>GET /v2/health/live</c> and <c>/v2/health/ready</c>.</summary>
internal sealed record ServerHealth(bool Live, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Ready);

/// <summary>Answer of <c>GET /v2/models/{model}/ready</c>.</summary>
internal sealed record ModelHealth(string Name, bool Ready);

/// <summary>Answer of <c>GET /v2/models/{model}</c>.</summary>
internal sealed record ModelMetadata(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

/// <summary>A tensor of a model; a dimension of -1 is any.</summary>
internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>Why there is no answer.</summary>
internal sealed record InferError(string Error);
