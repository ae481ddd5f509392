using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MlOps.Core.Approvals;

namespace MlOps.Functions.Api;

/// <summary>How callers are known. Bound to the section <c>Authentication</c>.</summary>
public sealed record AuthenticationOptions
{
    /// <summary>
    /// Whether <c>X-MS-CLIENT-PRINCIPAL</c> says who calls. Only where App Service authentication is on: it alone strips the header
    /// from requests of others. Default: no; the caller is believed, which is right on the loopback address only.
    /// </summary>
    public bool TrustClientPrincipal { get; set; }
}

/// <summary>Who makes a request. On the loopback address the caller is believed; the audit log says who it claimed to be.</summary>
internal static class Actor
{
    private const string Header = "X-MlOps-Actor";
    private const string PrincipalHeader = "X-MS-CLIENT-PRINCIPAL";

    public static string Of(HttpContext context) => PersonOf(context).Name;

    /// <summary>The person with the roles that the sign-in gave them.</summary>
    /// <exception cref="ApiException">A sign-in is asked for, and there was none.</exception>
    public static Approver PersonOf(HttpContext context)
    {
        if (context.RequestServices.GetRequiredService<IOptions<AuthenticationOptions>>().Value.TrustClientPrincipal)
            return TryReadPrincipal(context) ?? throw new ApiException(401, "unauthenticated", "You are not signed in", "Sign in, and send the request again.");
        return new(context.Request.Headers[Header] is [{ Length: > 0 and <= 256 } name] && !name.Any(char.IsControl) ? name : Environment.UserName);
    }

    private static Approver? TryReadPrincipal(HttpContext context)
    {
        try
        {
            if (context.Request.Headers[PrincipalHeader] is not [{ Length: > 0 } encoded]) return null;
            var principal = JsonSerializer.Deserialize<ClientPrincipal>(Encoding.UTF8.GetString(Convert.FromBase64String(encoded)));
            string[] names = [principal?.NameType ?? "", "preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email"];
            var claims = principal?.Claims ?? [];
            var name = names.Select(type => claims.FirstOrDefault(c => c.Type == type)?.Value).FirstOrDefault(n => n is { Length: > 0 });
            return name is null ? null : new(name, [.. claims.Where(c => c.Type == "roles" || c.Type == principal!.RoleType).Select(c => c.Value)]);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            // A header that nobody could have sent but the platform: whatever it is, it is no sign-in.
            return null;
        }
    }

    private sealed record ClientPrincipal(
        [property: JsonPropertyName("name_typ")] string? NameType,
        [property: JsonPropertyName("role_typ")] string? RoleType,
        [property: JsonPropertyName("claims")] IReadOnlyList<PrincipalClaim>? Claims);

    private sealed record PrincipalClaim([property: JsonPropertyName("typ")] string Type, [property: JsonPropertyName("val")] string Value);
}
