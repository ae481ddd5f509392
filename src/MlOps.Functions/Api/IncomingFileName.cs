using MlOps.Pipelines.Triggers;
using MlOps.Storage.Blobs;

namespace MlOps.Functions.Api;

/// <summary>What a file in an incoming folder may be called.</summary>
internal static class IncomingFileName
{
    /// <exception cref="ApiException">It may not be called so.</exception>
    public static void Check(string file)
    {
        if (string.IsNullOrEmpty(file) || file != Path.GetFileName(file)) throw ApiException.Invalid($"'{file}' is no name of a file without folders.");
        if (IncomingNames.IsUnfinished(file))
            throw ApiException.Invalid($"The file '{file}': what is called so counts as unfinished and is never taken ({IncomingNames.UnfinishedRule}). Rename it.");
        if (BlobName.FindFault(file) is { } rule) throw ApiException.Invalid($"The file '{file}' cannot be stored: {rule} Rename it.");
    }
}
