using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Core.Endpoints;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Serving.Observation;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.OpenInference;

/// <summary>Writes the answer to an inference request: JSON, and behind it the outputs that are wanted in binary.</summary>
internal static class InferWriter
{
    private const int LargestKept = 1 << 20;
    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_json;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_binary;

    public static Task WriteAsync(
        HttpContext context, string id, string model, EndpointVariant variant, PredictionAnswer answer, IReadOnlyList<InferOutput> outputs)
    {
        var (json, binary) = (s_json ??= new(4096), s_binary ??= new());
        json.ResetWrittenCount();
        binary.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(json, s_options)) Write(writer, binary, id, model, variant, answer, outputs);
        var response = context.Response;
        response.ContentType = "application/json";
        if (outputs.Any(o => o.Binary))
        {
            response.ContentType = "application/octet-stream";
            response.Headers[OpenInferenceApi.HeaderLength] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentLength = json.WrittenCount + binary.WrittenCount;
        response.BodyWriter.Write(json.WrittenSpan);
        response.BodyWriter.Write(binary.WrittenSpan);
        // The bytes are the response's own from here on: the buffers may serve the next answer, unless they have become large.
        if (json.Capacity > LargestKept) s_json = null;
        if (binary.Capacity > LargestKept) s_binary = null;
        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static void Write(
        Utf8JsonWriter json, ArrayBufferWriter<byte> binary, string id, string model, EndpointVariant variant, PredictionAnswer answer, IReadOnlyList<InferOutput> outputs)
    {
        json.WriteStartObject();
        json.WriteString("model_name"u8, model);
        json.WriteString("model_version"u8, variant.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteString("id"u8, id);
        json.WriteStartObject("parameters"u8);
        json.WriteString("variant"u8, variant.Name);
        if (answer.Warnings.Count > 0)
            json.WriteString("warnings"u8, string.Join(" ", answer.Warnings.Select(w => $"row {w.Row}, input '{w.Field}'{(w.Value is null ? "" : $" = {w.Value}")}: {w.Rule}")));
        json.WriteEndObject();
        json.WriteStartArray("outputs"u8);
        foreach (var output in outputs) WriteOutput(json, binary, output, answer);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, ArrayBufferWriter<byte> binary, InferOutput output, PredictionAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, output.Name);
        json.WriteString("datatype"u8, output.Datatype.Name);
        json.WriteStartArray("shape"u8);
        json.WriteNumberValue(answer.Scores.Length / answer.Signature.OutputWidth);
        if (output.Width is { } width) json.WriteNumberValue(width);
        json.WriteEndArray();
        if (output.Binary)
        {
            var before = binary.WrittenCount;
            WriteBinary(binary, output, answer);
            json.WriteStartObject("parameters"u8);
            json.WriteNumber("binary_data_size"u8, binary.WrittenCount - before);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data"u8);
            WriteJson(json, output, answer);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter json, InferOutput output, PredictionAnswer answer)
    {
        var (signature, scores) = (answer.Signature, answer.Scores);
        if (output.Name is not InferOutput.Label)
        {
            foreach (var score in scores) ScoreFormat.Write(json, score);
            return;
        }

        for (var at = 0; at < scores.Length; at += signature.OutputWidth)
        {
            if (signature.Task is LearningTask.Binary) json.WriteBooleanValue(scores[at] >= 0.5f);
            else json.WriteStringValue(ClassAt(signature, scores, at));
        }
    }

    private static void WriteBinary(ArrayBufferWriter<byte> binary, InferOutput output, PredictionAnswer answer)
    {
        var (signature, scores) = (answer.Signature, answer.Scores);
        if (output.Name is not InferOutput.Label)
        {
            foreach (var score in scores)
            {
                BinaryPrimitives.WriteSingleLittleEndian(binary.GetSpan(sizeof(float)), score);
                binary.Advance(sizeof(float));
            }

            return;
        }

        for (var at = 0; at < scores.Length; at += signature.OutputWidth)
        {
            if (signature.Task is LearningTask.Binary) binary.Write([scores[at] >= 0.5f ? (byte)1 : (byte)0]);
            else WriteText(binary, ClassAt(signature, scores, at));
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> binary, string text)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(binary.GetSpan(sizeof(uint)), (uint)Encoding.UTF8.GetByteCount(text));
        binary.Advance(sizeof(uint));
        Encoding.UTF8.GetBytes(text, binary);
    }

    private static string ClassAt(ModelSignature signature, float[] scores, int at) =>
        signature.Classes[ScoreScale.ClassOf(scores.AsSpan(at, signature.OutputWidth))];
}
