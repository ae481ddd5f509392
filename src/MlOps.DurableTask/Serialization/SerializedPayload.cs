namespace MlOps.DurableTask;

/// <summary>A payload that is JSON already: it is passed on as it is, where a string would become a JSON string.</summary>
/// <param name="Json">The text.</param>
public sealed record SerializedPayload(string Json);
