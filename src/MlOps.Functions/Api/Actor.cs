namespace MlOps.Functions.Api;

/// <summary>
/// Who makes a request: whoever the platform in front has signed in, where there is one. On the loopback address the caller is believed;
/// the audit log says who it claimed to be.
/// </summary>
internal static class Actor
{
    private const string Header = "X-MlOps-Actor";

    public static string Of(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } signedIn } ? signedIn :
        context.Request.Headers[Header] is [{ Length: > 0 and <= 256 } name] && !name.Any(char.IsControl) ? name : Environment.UserName;
}
