namespace MlOps.Pipelines.Runs;

/// <summary>An idempotency key was sent a second time with another request.</summary>
public sealed class IdempotencyKeyReusedException(string key) : Exception(
    $"Idempotency-Key '{key}' was sent before with another caller, reason or auto-approval. Send the request as it was, or take a new key for a new one.");
