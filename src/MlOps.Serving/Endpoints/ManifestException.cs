using MlOps.Core.Endpoints;

namespace MlOps.Serving.Endpoints;

/// <summary>A manifest breaks a rule of its format; what answered before goes on answering.</summary>
internal sealed class ManifestException(EndpointManifest manifest, string problem)
    : Exception($"revision {manifest.Revision}: {problem} Release again, or restore an earlier revision.")
{
    /// <summary>Checks what serving relies on.</summary>
    /// <exception cref="ManifestException">A rule is broken.</exception>
    public static void ThrowIfInvalid(string endpoint, EndpointManifest manifest)
    {
        if (manifest.Endpoint != endpoint) throw new ManifestException(manifest, $"it is the manifest of endpoint '{manifest.Endpoint}'.");
        if (manifest.Variants.GroupBy(v => v.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ManifestException(manifest, $"there are {twice.Count()} variants '{twice.Key}'; names must differ.");
        foreach (var variant in manifest.Variants)
        {
            if (variant.Weight is < 0 or > 100) throw new ManifestException(manifest, $"variant '{variant.Name}' has weight {variant.Weight}; it must be between 0 and 100.");
            if (variant.Mirror is < 0 or > 100) throw new ManifestException(manifest, $"variant '{variant.Name}' has mirror {variant.Mirror}; it must be between 0 and 100.");
        }

        // All zero: staged variants alone, reached by their names.
        if (manifest.Variants.Sum(v => v.Weight) is not (0 or 100) and var sum)
            throw new ManifestException(manifest, $"the variants' weights sum to {sum}; they must sum to 100.");
    }
}
