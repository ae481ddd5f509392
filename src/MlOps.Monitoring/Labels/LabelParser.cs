using System.Globalization;
using System.Text.Json;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;

namespace MlOps.Monitoring.Labels;

/// <summary>Reads labels as applications send them. A label that cannot be used is told with its place, the field, the value and the rule.</summary>
/// <param name="signature">What the endpoint's model answers.</param>
/// <param name="settings">How labels find their predictions.</param>
/// <param name="hashKey">Key of hidden values.</param>
/// <param name="now">When the labels came.</param>
internal sealed class LabelParser(ModelSignature signature, EndpointMonitoring settings, byte[] hashKey, DateTimeOffset now)
{
    private static readonly string[] s_fields = ["request", "row", "label", "key", "time"];

    /// <summary>Reads one label; key columns may stand in <c>key</c> or beside the other fields, as in a table.</summary>
    /// <returns>The label, or what is wrong with it.</returns>
    public (LabelRecord? Label, string? Problem) Parse(JsonElement row)
    {
        if (row.ValueKind is not JsonValueKind.Object) return (null, "it is no JSON object; expected {\"request\":\"…\",\"row\":0,\"label\":…}.");
        if (FieldsOf(row) is not { } fields) return (null, "a field stands in it twice; keep one.");
        if (fields.Keys.FirstOrDefault(f => !s_fields.Contains(f, StringComparer.Ordinal) && !settings.Labels.Key.Contains(f, StringComparer.Ordinal)) is { } unknown)
            return (null, $"'{unknown}' is no field of a label; there are {string.Join(", ", s_fields.Union(settings.Labels.Key, StringComparer.Ordinal))}.");
        if (!fields.TryGetValue("label", out var label)) return (null, "it has no 'label'; add what turned out to be true.");
        if (Canonical(label) is not { } value) return (null, $"'label' is {Shown(label)}; expected {Expectation}.");
        if (!TryTime(fields, out var time)) return (null, $"'time' is {Shown(fields["time"])}; expected a time stamp such as 2001-03-02T08:15:00Z.");
        var record = new LabelRecord { Label = value, Time = time, Received = now };
        return fields.ContainsKey("request") ? ByRequest(record, fields) : ByKey(record, fields);
    }

    private string Expectation => signature.Task switch
    {
        LearningTask.Binary => $"true, false, 1, 0{(signature.Classes.Count is 2 ? $", '{signature.Classes[0]}' or '{signature.Classes[1]}'" : "")}",
        LearningTask.Multiclass => $"one of {string.Join(", ", signature.Classes.Take(20).Select(c => $"'{c}'"))}{(signature.Classes.Count > 20 ? ", …" : "")}",
        _ => "a number",
    };

    private static (LabelRecord?, string?) ByRequest(LabelRecord record, Dictionary<string, JsonElement> fields)
    {
        var request = fields["request"];
        if (request.ValueKind is not JsonValueKind.String || request.GetString() is not { Length: > 0 and <= 512 } id)
            return (null, $"'request' is {Shown(request)}; expected the id that the answer bore, 1 to 512 characters.");
        var row = 0;
        if (fields.TryGetValue("row", out var position) && !(TryNumber(position, out var number) && number is >= 0 and <= int.MaxValue && double.IsInteger(number) && (row = (int)number) >= 0))
            return (null, $"'row' is {Shown(position)}; expected the row's position in its request, from 0.");
        return (record with { Request = id, Row = row }, null);
    }

    private (LabelRecord?, string?) ByKey(LabelRecord record, Dictionary<string, JsonElement> fields)
    {
        var columns = settings.Labels.Key;
        if (columns.Count is 0)
            return (null, "it has no 'request', and the pipeline names no key columns (monitors.labels.key); add the id that the answer bore.");
        var given = fields.TryGetValue("key", out var key) && key.ValueKind is JsonValueKind.Object
            ? FieldsOf(key)
            : fields;
        if (given is null) return (null, "a field stands twice in its 'key'; keep one.");
        if (columns.FirstOrDefault(c => !given.TryGetValue(c, out var v) || v.ValueKind is JsonValueKind.Null) is { } missing)
            return (null, $"it has neither 'request' nor the key column '{missing}'; the key is {string.Join(", ", columns)}.");
        return (record with { Key = columns.ToDictionary(c => c, c => Hidden(c, given[c]), StringComparer.Ordinal) }, null);
    }

    private JsonElement Hidden(string column, JsonElement value) => settings.Log.Hide.ContainsKey(column)
        ? JsonSerializer.SerializeToElement(AnswerLine.Hash(hashKey, AnswerLine.TextOf(value)))
        : value.Clone();

    private string? Canonical(JsonElement label) => signature.Task switch
    {
        LearningTask.Binary => Binary(label),
        LearningTask.Multiclass => AnswerLine.TextOf(label) is var name && signature.Classes.Contains(name, StringComparer.Ordinal) ? name : null,
        _ => TryNumber(label, out var value) ? value.ToString("R", CultureInfo.InvariantCulture) : null,
    };

    private string? Binary(JsonElement label)
    {
        var text = AnswerLine.TextOf(label);
        if (signature.Classes.Count is 2 && signature.Classes.ToList().IndexOf(text) is >= 0 and var index) return index is 1 ? "1" : "0";
        return text switch
        {
            "true" or "True" or "TRUE" or "1" or "1.0" => "1",
            "false" or "False" or "FALSE" or "0" or "0.0" => "0",
            _ => null,
        };
    }

    /// <summary>The fields that have a value; <see langword="null"/> when one stands there twice.</summary>
    private static Dictionary<string, JsonElement>? FieldsOf(JsonElement row)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in row.EnumerateObject())
        {
            if (field.Value.ValueKind is not JsonValueKind.Null && !fields.TryAdd(field.Name, field.Value)) return null;
        }
        return fields;
    }

    private static bool TryNumber(JsonElement value, out double number)
    {
        // A table without types, such as CSV, gives every value as text.
        number = 0;
        return (value.ValueKind is JsonValueKind.Number ? value.TryGetDouble(out number)
            : value.ValueKind is JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            && double.IsFinite(number);
    }

    private static bool TryTime(Dictionary<string, JsonElement> fields, out DateTimeOffset? time)
    {
        time = null;
        if (!fields.TryGetValue("time", out var value)) return true;
        if (value.ValueKind is not JsonValueKind.String
            || !DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed))
            return false;
        time = parsed;
        return true;
    }

    private static string Shown(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
