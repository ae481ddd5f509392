namespace MlOps.DurableTask.Functions;

/// <summary>The Durable Task extension did not do what was asked of it. What was written down before stays; the same call may be made again.</summary>
/// <param name="method">The call.</param>
/// <param name="address">Where it was made.</param>
/// <param name="problem">What came back.</param>
/// <param name="innerException">What caused it.</param>
public sealed class ExtensionUnavailableException(string method, Uri address, string problem, Exception? innerException = null) : Exception(
    $"The Durable Task extension at {address} did not do {method}: {problem} It is part of the Functions host; its log says more.", innerException);
