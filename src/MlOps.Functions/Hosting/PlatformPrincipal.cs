using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using MlOps.Functions.Api;

namespace MlOps.Functions.Hosting;

/// <summary>
/// The caller as App Service authentication tells of it. The platform takes these headers from requests of others only while its
/// authentication is on, so they are read only where the settings say so; then whoever has none is turned away.
/// </summary>
internal static class PlatformPrincipal
{
    private const string Header = "X-MS-CLIENT-PRINCIPAL";
    private const string Scheme = "AppService";

    public static void UsePlatformPrincipal(this WebApplication app) => app.Use((context, next) =>
    {
        // The host's own calls are no caller's, and carry no principal; requests from outside never reach their paths.
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return next(context);
        context.User = TryRead(context.Request.Headers[Header]) ?? throw new ApiException(
            401, "not-signed-in", "Nobody is signed in", $"The request has no valid {Header}. Sign in, or turn App Service authentication on for this application.");
        return next(context);
    });

    /// <summary>The principal that a header names; <see langword="null"/> when it names none.</summary>
    internal static ClaimsPrincipal? TryRead(string? header)
    {
        if (string.IsNullOrEmpty(header)) return null;
        try
        {
            var document = JsonSerializer.Deserialize<Document>(Convert.FromBase64String(header), JsonSerializerOptions.Web);
            var claims = (document?.Claims ?? []).Where(c => c is { Typ.Length: > 0, Val: not null }).Select(c => new Claim(c.Typ, c.Val));
            var identity = new ClaimsIdentity(claims, Scheme, document?.NameTyp ?? ClaimTypes.Name, document?.RoleTyp ?? "roles");
            return string.IsNullOrWhiteSpace(identity.Name) ? null : new ClaimsPrincipal(identity);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private sealed record Document(
        [property: System.Text.Json.Serialization.JsonPropertyName("auth_typ")] string? AuthTyp,
        [property: System.Text.Json.Serialization.JsonPropertyName("name_typ")] string? NameTyp,
        [property: System.Text.Json.Serialization.JsonPropertyName("role_typ")] string? RoleTyp,
        IReadOnlyList<ClaimDocument>? Claims);

    private sealed record ClaimDocument(string Typ, string Val);
}
