namespace MlOps.Core.Endpoints;

/// <summary>Requests that try an endpoint out: answered as any other, and neither logged nor counted.</summary>
public static class TestRequests
{
    /// <summary>The header that marks them; its value is for people.</summary>
    public const string Header = "X-MlOps-Test";
}
