using System.Text;
using System.Text.Json;
using MlOps.Core.Text;
using MlOps.Data.Features;

namespace MlOps.Serving.Prediction;

/// <summary>The body <c>{"instances":[{"column":value,…},…]}</c>, with <c>"time"</c> beside where the caller says when it happens.</summary>
/// <param name="body">UTF-8; not changed afterwards.</param>
/// <param name="clock">Says how far ahead a time lies.</param>
internal sealed class JsonRows(ReadOnlyMemory<byte> body, TimeProvider clock) : RequestRows
{
    private const string InstancesField = "instances";
    private const string TimeField = "time";
    private const string Remedy = """Send {"instances":[{"column":value,…}]}.""";

    private protected override RawRows ReadRows(RawRowsReader reader, int maxRows, string? passedBy)
    {
        try
        {
            var json = new Utf8JsonReader(body.Span);
            RawRows? rows = null;
            DateTimeOffset? time = null;
            if (!json.Read() || json.TokenType is not JsonTokenType.StartObject) throw PredictionException.BadRequest($"The body is no JSON object. {Remedy}");
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals(TimeField))
                {
                    if (time is not null) throw PredictionException.BadRequest($"'{TimeField}' is given twice.");
                    EventTime = time = ReadTime(ref json);
                    continue;
                }

                CheckName(ref json, given: rows is not null);
                json.Read();
                if (json.TokenType is JsonTokenType.Null) continue;
                if (json.TokenType is not JsonTokenType.StartArray) throw PredictionException.BadRequest($"'{InstancesField}' is no array. {Remedy}");
                rows = reader.Read(ref json, maxRows, passedBy);
            }

            // Whatever follows the object is refused, too.
            json.Read();
            return rows is { Rows: > 0 } ? rows : throw PredictionException.Invalid($"'{InstancesField}' is missing or empty. {Remedy}");
        }
        catch (JsonException error)
        {
            throw PredictionException.BadRequest($"The body is no JSON that can be read: {error.Message}");
        }
    }

    public override string? KeyOf(string column)
    {
        try
        {
            var json = new Utf8JsonReader(body.Span);
            while (json.Read() && json.CurrentDepth < 2)
            {
            }

            // The first row, if the body is what it should be; Read says so if it is not.
            if (json.TokenType is not JsonTokenType.StartObject) return null;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var found = json.ValueTextEquals(column);
                json.Read();
                if (found) return TextOf(ref json);
                json.Skip();
            }

            return null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private protected override IReadOnlyList<JsonElement> Parse()
    {
        try
        {
            var json = new Utf8JsonReader(body.Span);
            while (json.Read() && !(json.CurrentDepth is 1 && json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals(InstancesField)))
            {
            }

            if (!json.Read() || json.TokenType is not JsonTokenType.StartArray) return [];
            var rows = new List<JsonElement>();
            while (json.Read() && json.TokenType is not JsonTokenType.EndArray) rows.Add(JsonElement.ParseValue(ref json));
            return rows;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private DateTimeOffset? ReadTime(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType is JsonTokenType.Null) return null;
        var text = json.TokenType is JsonTokenType.String ? json.GetString() : null;
        return Prediction.EventTime.TryParse(text, clock.GetUtcNow())
            ?? throw PredictionException.BadRequest($"'{TimeField}' is {(text is null ? "no text" : $"'{text[..Math.Min(40, text.Length)]}'")}; expected {Prediction.EventTime.Rule}.");
    }

    private static void CheckName(ref Utf8JsonReader json, bool given)
    {
        if (json.ValueTextEquals(InstancesField))
        {
            if (given) throw PredictionException.BadRequest($"'{InstancesField}' is given twice. {Remedy}");
            return;
        }

        var name = Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(80, json.ValueSpan.Length)]);
        throw PredictionException.BadRequest($"'{name}' is no field of a prediction request. {NearestName.Advice(name, [InstancesField, TimeField])} {Remedy}");
    }

    private static string? TextOf(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.String => json.GetString(),
        // 405 and 405.0 are one customer.
        JsonTokenType.Number => json.GetDouble().ToString("R"),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };
}
