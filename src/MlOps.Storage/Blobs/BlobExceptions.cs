namespace MlOps.Storage.Blobs;

/// <summary>A text cannot be the name of a blob.</summary>
public sealed class BlobNameException(string name, string rule)
    : ArgumentException($"'{name}' is no blob name: {rule} Use a relative path with forward slashes, such as incoming/flights/2001-03.parquet.")
{
}

/// <summary>There is no blob of that name.</summary>
public sealed class BlobNotFoundException(string name) : IOException($"There is no blob '{name}'.")
{
    /// <summary>The name that was asked for.</summary>
    public string BlobName { get; } = name;
}
