namespace MlOps.Functions.Api;

/// <summary>Who makes a request. On the loopback address the caller is believed; the audit log says who it claimed to be.</summary>
internal static class Actor
{
    private const string Header = "X-MlOps-Actor";

    public static string Of(HttpContext context) =>
        context.Request.Headers[Header] is [{ Length: > 0 and <= 256 } name] && !name.Any(char.IsControl) ? name : Environment.UserName;
}
