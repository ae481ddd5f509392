namespace MlOps.FunctionsHost.Worker;

/// <summary>The handler answered with something else than 2xx. The host keeps the status only, and so do those who are told of it.</summary>
internal sealed class HandlerFailedException(int status, string reason, string body)
    : Exception($"Response status code does not indicate success: {status} ({reason}).")
{
    public int Status { get; } = status;

    /// <summary>What the handler said: for the tests, and for nobody else.</summary>
    public string Body { get; } = body;
}
