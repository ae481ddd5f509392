namespace MlOps.Storage;

/// <summary>A stored value with the ETag that it had.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="ETag">To write back only if nobody else has.</param>
public sealed record Versioned<T>(T Value, string ETag);
