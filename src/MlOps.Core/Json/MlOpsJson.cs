using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Core.Json;

/// <summary>How every document of the system is written: camelCase names, enums as camelCase text, no nulls.</summary>
public static class MlOpsJson
{
    /// <summary>Compact form: wire, tables, orchestration payloads.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>Readable form: files that people open.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = indented,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // Metrics can be NaN (AUC of a slice with one class); JSON numbers cannot.
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
