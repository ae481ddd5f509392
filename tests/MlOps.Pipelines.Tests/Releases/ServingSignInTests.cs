using Azure.Core;
using MlOps.Pipelines.Releases;

namespace MlOps.Pipelines.Tests.Releases;

public sealed class ServingSignInTests
{
    [Theory]
    [InlineData("https://serving.example/", "https://serving.example/api/endpoints/x/predict", "Bearer token for api://app/.default")]
    [InlineData("https://serving.example/", "https://elsewhere.example/api", null)]
    [InlineData("https://serving.example/", "http://serving.example/api", null)]
    [InlineData("http://127.0.0.1:7071/", "http://127.0.0.1:7071/api", null)]
    public async Task Only_the_serving_application_is_told_who_calls_and_only_over_HTTPS(string serving, string target, string? authorization)
    {
        var sent = new Recorder();
        using var http = new HttpClient(new ServingSignIn(new Uri(serving), "api://app", new Credential(), sent));
        using var answer = await http.GetAsync(target);
        Assert.Equal(authorization, sent.Authorization);
    }

    private sealed class Recorder : HttpMessageHandler
    {
        public string? Authorization { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Authorization = request.Headers.Authorization?.ToString();
            return Task.FromResult(new HttpResponseMessage());
        }
    }

    private sealed class Credential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new($"token for {requestContext.Scopes[0]}", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
