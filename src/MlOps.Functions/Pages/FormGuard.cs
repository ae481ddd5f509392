using System.Buffers.Text;
using System.Security.Cryptography;
using MlOps.Pipelines.Approvals;

namespace MlOps.Functions.Pages;

/// <summary>
/// Keeps other sites from sending our forms in a reader's name: a form carries a signature over a number that only this browser has, as
/// a cookie, and over what the form is for.
/// </summary>
internal sealed class FormGuard(LinkKey key)
{
    private const string Cookie = "mlops-form";
    private const string Purpose = "form";

    /// <summary>The value of the form's hidden field; gives the browser its number.</summary>
    public string Issue(HttpContext context, string subject)
    {
        if (context.Request.Cookies[Cookie] is not { Length: 43 } number)
        {
            number = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            // Lax: a link from a mail opens the page with the number that other open pages have, a form of another site comes without.
            context.Response.Cookies.Append(Cookie, number, new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/approvals" });
        }

        return Base64Url.EncodeToString(key.Sign(Purpose, $"{number}\n{subject}"));
    }

    /// <summary>Whether a form came from a page that this browser was given for the same subject.</summary>
    public bool IsOurs(HttpContext context, string subject, string? guard)
    {
        if (context.Request.Headers["Sec-Fetch-Site"] is [{ Length: > 0 } site] && site is not ("same-origin" or "none")) return false;
        if (guard is not { Length: 43 } || context.Request.Cookies[Cookie] is not { Length: 43 } number) return false;
        var signature = new byte[32];
        return Base64Url.TryDecodeFromChars(guard, signature, out var length) && length is 32 && key.IsSigned(Purpose, $"{number}\n{subject}", signature);
    }
}
