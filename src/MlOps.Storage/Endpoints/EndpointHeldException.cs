namespace MlOps.Storage.Endpoints;

/// <summary>An endpoint may be changed by the release that holds it alone.</summary>
public sealed class EndpointHeldException(string endpoint, string? holder) : InvalidOperationException(holder is null
    ? $"Endpoint '{endpoint}' is not held by this release any more: it was taken back."
    : $"Endpoint '{endpoint}' is held by release '{holder}'. Wait until it ends, or take it back: mlops endpoints rollback {endpoint} --reason '…'.")
{
    /// <summary>The release that holds it; <see langword="null"/>: none.</summary>
    public string? Holder { get; } = holder;
}
