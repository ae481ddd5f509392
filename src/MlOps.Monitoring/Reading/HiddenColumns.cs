using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification;
using MlOps.Monitoring.Logging;
using MlOps.Storage.Blobs;

namespace MlOps.Monitoring.Reading;

/// <summary>Hides what is to be hidden now, and was not yet when it was logged.</summary>
public static partial class HiddenColumns
{
    /// <summary>The rows as they may be shown.</summary>
    public static async Task<IReadOnlyList<LoggedPrediction>> ApplyAsync(IBlobStore blobs, PredictionLogSpec log, IReadOnlyList<LoggedPrediction> rows, CancellationToken cancellationToken)
    {
        if (log.Hide.Count is 0) return rows;
        var key = await HashKeys.GetAsync(blobs, cancellationToken);
        return [.. rows.Select(r => r.Instance is { ValueKind: JsonValueKind.Object } instance ? r with { Instance = Hide(instance, log.Hide, key) } : r)];
    }

    private static JsonElement Hide(JsonElement instance, IReadOnlyDictionary<string, HidingMethod> hide, byte[] key)
    {
        if (!instance.EnumerateObject().Any(f => hide.ContainsKey(f.Name))) return instance;
        var shown = new JsonObject();
        foreach (var field in instance.EnumerateObject())
        {
            if (!hide.TryGetValue(field.Name, out var method) || (method is HidingMethod.Hash && IsHidden(field.Value))) shown[field.Name] = JsonNode.Parse(field.Value.GetRawText());
            else if (method is HidingMethod.Hash) shown[field.Name] = AnswerLine.Hash(key, AnswerLine.TextOf(field.Value));
        }

        return JsonSerializer.SerializeToElement(shown);
    }

    private static bool IsHidden(JsonElement value) => value.ValueKind is JsonValueKind.Null || (value.ValueKind is JsonValueKind.String && Hashed().IsMatch(value.GetString()!));

    [GeneratedRegex(@"^[0-9a-f]{32}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hashed();
}
