using System.Text.Json.Nodes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The format of <c>pipeline.yaml</c> as JSON Schema, from which editors complete and check.</summary>
public static class PipelineSchema
{
    /// <summary>Makes the schema, draft 2020-12, from the table that the reader uses.</summary>
    public static JsonNode Create()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "MlOps Functions pipeline",
            ["description"] = "What a pipeline.yaml may hold. Generated from the reader's own table of keys.",
        };
        foreach (var (key, value) in PipelineFormat.Pipeline.Schema().ToList()) schema[key] = value?.DeepClone();
        return schema;
    }
}
