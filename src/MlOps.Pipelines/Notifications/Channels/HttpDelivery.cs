using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MlOps.Core.Notifications;
using MlOps.Core.Notifications.Formats;
using MlOps.Core.Specification;

namespace MlOps.Pipelines.Notifications.Channels;

/// <summary>Posts messages to webhooks, Teams and Slack. Only the status of the answer counts: the body is neither read nor kept.</summary>
internal sealed class HttpDelivery(ChannelSecrets secrets, TimeProvider time) : IDisposable
{
    // A redirect would carry the message to an address that nobody configured.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseHeadersLength = 64 })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _http.Dispose();

    public async Task SendAsync(ChannelSpec channel, Notification message, CancellationToken cancellationToken)
    {
        using var request = channel switch
        {
            WebhookChannel webhook => RequestOf(webhook, message),
            TeamsChannel teams => RequestOf(teams.UrlFrom, AdaptiveCardFormat.Write(message), "application/json"),
            SlackChannel slack => RequestOf(slack.UrlFrom, BlockKitFormat.Write(message), "application/json"),
            _ => throw new InvalidOperationException($"A channel of type {channel.GetType().Name} is not reached over HTTP."),
        };
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new DeliveryException($"The target answered with status {(int)response.StatusCode}.", MayPass(response.StatusCode));
        }
        catch (HttpRequestException error)
        {
            // The message of the exception may hold the address; its kind says enough.
            throw new DeliveryException($"The target could not be reached: {ReasonOf(error)}.", mayPass: true, silent: true);
        }
    }

    private HttpRequestMessage RequestOf(WebhookChannel channel, Notification message)
    {
        var request = RequestOf(channel.UrlFrom, CloudEventFormat.Write(message), CloudEventFormat.ContentType, out var body);
        if (channel.SecretFrom is null) return request;

        // Standard Webhooks: id, time and body under one HMAC, so that a receiver can refuse forged and old requests.
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var key = KeyOf(secrets.Find(channel.SecretFrom));
        var signature = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{message.Id}.{timestamp}.{body}")));
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", $"{timestamp}");
        request.Headers.Add("webhook-signature", $"v1,{signature}");
        return request;
    }

    private HttpRequestMessage RequestOf(string urlFrom, JsonObject payload, string contentType) => RequestOf(urlFrom, payload, contentType, out _);

    private HttpRequestMessage RequestOf(string urlFrom, JsonObject payload, string contentType, out string body)
    {
        if (!Uri.TryCreate(secrets.Find(urlFrom), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new DeliveryException($"The environment variable {urlFrom} holds no http or https address.", mayPass: true);
        body = payload.ToJsonString();
        return new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType, "utf-8")),
        };
    }

    // Secrets of Standard Webhooks are base64 behind 'whsec_'; any other text is taken as it is.
    private static byte[] KeyOf(string secret)
    {
        const string prefix = "whsec_";
        var key = new byte[secret.Length];
        return secret.StartsWith(prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(secret[prefix.Length..], key, out var length)
            ? key[..length]
            : Encoding.UTF8.GetBytes(secret);
    }

    private static bool MayPass(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or (HttpStatusCode)425;

    private static string ReasonOf(HttpRequestException error) => error.InnerException switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        AuthenticationException => "its TLS certificate is not trusted",
        _ => error.HttpRequestError.ToString(),
    };
}
