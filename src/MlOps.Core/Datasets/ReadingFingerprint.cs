using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Specification;

namespace MlOps.Core.Datasets;

/// <summary>Tells whether two specifications make the same rows out of the same file.</summary>
public static class ReadingFingerprint
{
    /// <summary>A hash of all that decides how a file is read: the columns' names, order and types, and <c>data.files</c>.</summary>
    public static string Of(DataSpec spec) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new { columns = spec.Columns.Select(c => new { c.Name, c.Type }), spec.Files }, MlOpsJson.Compact)));
}
