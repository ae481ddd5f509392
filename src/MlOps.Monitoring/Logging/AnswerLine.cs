using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Core.Specification;

namespace MlOps.Monitoring.Logging;

/// <summary>Writes answers as JSON lines: one line a row, or one line for a request without answer. Not thread-safe.</summary>
/// <param name="origin">The process that answers; <see langword="null"/>: the lines do not say.</param>
internal sealed class AnswerLine(AnswerOrigin? origin) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });
    private PredictionLogSpec _spec = new();
    private byte[] _hashKey = [];

    /// <summary>What is logged from here on.</summary>
    public void Use(PredictionLogSpec log, byte[] key) => (_spec, _hashKey) = (log, key);

    /// <summary>Whether the sample takes a request: decided by its id, the same wherever it is asked.</summary>
    public bool Takes(LoggedAnswer answer) =>
        answer.Status >= 400 || _spec.Sample >= 1 || Share(answer.RequestId) < _spec.Sample;

    /// <summary>Writes the lines of an answer.</summary>
    /// <returns>How many.</returns>
    public int Write(LoggedAnswer answer, IBufferWriter<byte> target)
    {
        var rows = answer.Status >= 400 ? 0 : answer.Instances.Count;
        if (rows is 0)
        {
            WriteLine(answer, -1, target);
            return 1;
        }
        for (var row = 0; row < rows; row++) WriteLine(answer, row, target);
        return rows;
    }

    /// <summary>What stands in the log in place of a value: 32 hexadecimal digits that only who has the key can make.</summary>
    internal static string Hash(ReadOnlySpan<byte> key, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    /// <summary>A value as the text that is hashed: texts as they are, everything else as JSON.</summary>
    internal static string TextOf(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static double Share(string requestId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(requestId));
        return (BitConverter.ToUInt64(hash) >> 11) * (1.0 / (1UL << 53));
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void WriteLine(LoggedAnswer answer, int row, IBufferWriter<byte> target)
    {
        _json.Reset(target);
        _json.WriteStartObject();
        _json.WriteString("request"u8, answer.RequestId);
        _json.WriteNumber("row"u8, row);
        _json.WriteString("logged"u8, Text(answer.Time));
        if (EventTime(answer, row) is { } time) _json.WriteString("event"u8, time);
        _json.WriteString("variant"u8, answer.Variant);
        _json.WriteString("model"u8, answer.Model);
        _json.WriteNumber("version"u8, answer.Version);
        _json.WriteNumber("status"u8, answer.Status);
        _json.WriteNumber("latency_ms"u8, answer.Latency.TotalMilliseconds);
        _json.WriteNumber("weight"u8, answer.Status >= 400 || _spec.Sample <= 0 ? 1 : 1 / _spec.Sample);
        _json.WriteBoolean("mirrored"u8, answer.Mirrored);
        _json.WriteBoolean("probe"u8, answer.Probe);
        origin?.WriteTo(_json);
        if (row >= 0)
        {
            WriteScores(answer, row);
            _json.WritePropertyName("instance"u8);
            WriteInstance(answer.Instances[row]);
        }
        _json.WriteEndObject();
        _json.Flush();
        target.Write("\n"u8);
    }

    private void WriteScores(LoggedAnswer answer, int row)
    {
        var width = answer.Scores.Length / answer.Instances.Count;
        _json.WriteStartArray("scores"u8);
        foreach (var score in answer.Scores.Span.Slice(row * width, width))
        {
            if (float.IsFinite(score)) _json.WriteNumberValue(score);
            else _json.WriteNullValue();
        }
        _json.WriteEndArray();
    }

    private void WriteInstance(JsonElement instance)
    {
        if (_spec.Hide.Count is 0 || instance.ValueKind is not JsonValueKind.Object)
        {
            // As it came, where it came in one line: a line of the file must stay one.
            var raw = JsonMarshal.GetRawUtf8Value(instance);
            if (raw.IndexOfAny((byte)'\n', (byte)'\r') < 0) _json.WriteRawValue(raw, skipInputValidation: true);
            else instance.WriteTo(_json);
            return;
        }
        _json.WriteStartObject();
        foreach (var field in instance.EnumerateObject())
        {
            if (!_spec.Hide.TryGetValue(field.Name, out var hiding)) field.WriteTo(_json);
            else if (hiding is HidingMethod.Hash && field.Value.ValueKind is not JsonValueKind.Null) _json.WriteString(field.Name, Hash(_hashKey, TextOf(field.Value)));
        }
        _json.WriteEndObject();
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private string? EventTime(LoggedAnswer answer, int row) =>
        answer.EventTime is { } said ? Text(said) : row >= 0 ? EventTime(answer.Instances[row]) : null;

    private string? EventTime(JsonElement instance) =>
        _spec.Time is { } column && instance.ValueKind is JsonValueKind.Object && instance.TryGetProperty(column, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;
}
