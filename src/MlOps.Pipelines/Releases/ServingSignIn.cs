using System.Net.Http.Headers;
using Azure.Core;

namespace MlOps.Pipelines.Releases;

/// <summary>Signs this system's own requests in where the serving application stands behind a platform that asks who calls. Requests to anywhere else carry no token.</summary>
/// <param name="serving">The serving application.</param>
/// <param name="audience">What the token is for: <c>api://&lt;client id&gt;</c> of its app registration.</param>
/// <param name="credential">The identity that this process has; it keeps tokens until they expire.</param>
/// <param name="inner">Sends the requests.</param>
public sealed class ServingSignIn(Uri serving, string audience, TokenCredential credential, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly TokenRequestContext _context = new([$"{audience}/.default"]);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Over plain HTTP a token would be anybody's.
        if (serving.Scheme is "https" && request.RequestUri is { } target && serving.IsBaseOf(target))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await credential.GetTokenAsync(_context, cancellationToken)).Token);
        return await base.SendAsync(request, cancellationToken);
    }
}
