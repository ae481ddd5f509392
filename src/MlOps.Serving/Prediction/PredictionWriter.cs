using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Serving.Observation;

namespace MlOps.Serving.Prediction;

/// <summary>Writes a <see cref="PredictResponse"/> straight from the scores: the same document as the record's, without the record.</summary>
internal static class PredictionWriter
{
    private const int LargestKept = 1 << 20;
    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    /// <summary>Sends an answer.</summary>
    public static Task WriteAsync(HttpContext context, string requestId, string endpoint, EndpointVariant variant, PredictionAnswer answer)
    {
        var buffer = s_buffer ??= new(4096);
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, s_options)) Write(json, requestId, endpoint, variant, answer);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        // The bytes are the response's own from here on: the buffer may serve the next answer.
        context.Response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity > LargestKept) s_buffer = null;
        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static void Write(Utf8JsonWriter json, string requestId, string endpoint, EndpointVariant variant, PredictionAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("requestId"u8, requestId);
        json.WriteString("endpoint"u8, endpoint);
        json.WriteString("variant"u8, variant.Name);
        json.WriteString("model"u8, variant.Model);
        json.WriteNumber("version"u8, variant.Version);
        json.WriteStartArray("predictions"u8);
        var width = answer.Signature.OutputWidth;
        for (var at = 0; at < answer.Scores.Length; at += width) WritePrediction(json, answer.Signature, answer.Scores.AsSpan(at, width));
        json.WriteEndArray();
        if (answer.Warnings.Count > 0) WriteWarnings(json, answer.Warnings);
        json.WriteEndObject();
    }

    private static void WritePrediction(Utf8JsonWriter json, ModelSignature signature, ReadOnlySpan<float> scores)
    {
        Span<byte> first = stackalloc byte[32];
        first = ScoreFormat.Format(scores[0], first);
        json.WriteStartObject();
        json.WritePropertyName("value"u8);
        switch (signature.Task)
        {
            case LearningTask.Binary:
                json.WriteBooleanValue(scores[0] >= 0.5f);
                json.WritePropertyName("probability"u8);
                json.WriteRawValue(first, skipInputValidation: true);
                break;
            case LearningTask.Multiclass:
                json.WriteStringValue(signature.Classes[ScoreScale.ClassOf(scores)]);
                json.WriteStartObject("probabilities"u8);
                for (var i = 0; i < scores.Length; i++)
                {
                    json.WritePropertyName(signature.Classes[i]);
                    ScoreFormat.Write(json, scores[i]);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteRawValue(first, skipInputValidation: true);
                break;
        }

        json.WriteStartArray("scores"u8);
        json.WriteRawValue(first, skipInputValidation: true);
        foreach (var score in scores[1..]) ScoreFormat.Write(json, score);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteWarnings(Utf8JsonWriter json, IReadOnlyList<InstanceError> warnings)
    {
        json.WriteStartArray("warnings"u8);
        foreach (var warning in warnings)
        {
            json.WriteStartObject();
            json.WriteNumber("row"u8, warning.Row);
            json.WriteString("field"u8, warning.Field);
            if (warning.Value is { } value) json.WriteString("value"u8, value);
            json.WriteString("rule"u8, warning.Rule);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
