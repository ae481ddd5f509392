using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace MlOps.Storage.Azure.Connection;

/// <summary>One service of an account, blobs or tables: sends requests with the right proof, tries again what may succeed later, tells errors in one form.</summary>
internal sealed class StorageService
{
    /// <summary>Version of the REST API that every request asks for.</summary>
    public const string ApiVersion = "2021-12-02";

    private const string OperationProperty = "mlops.operation";

    /// <summary>Scope of tokens for blobs and tables alike.</summary>
    private const string Scope = "https://storage.azure.com/.default";

    private readonly HttpPipeline _pipeline;

    private StorageService(HttpPipeline pipeline, Uri endpoint) => (_pipeline, Endpoint) = (pipeline, endpoint);

    /// <summary>Its address, without a slash at the end.</summary>
    public Uri Endpoint { get; }

    /// <summary>The blob service of an account.</summary>
    public static StorageService OfBlobs(StorageAccount account, AzureStorageOptions options, TimeProvider time, HttpPipelineTransport? transport = null) =>
        Open(account.BlobEndpoint, account.Credential, key => SharedKeyPolicy.ForBlobs(account.Name, key, time), options, transport);

    /// <summary>The table service of an account.</summary>
    public static StorageService OfTables(StorageAccount account, AzureStorageOptions options, TimeProvider time, HttpPipelineTransport? transport = null) =>
        Open(account.TableEndpoint, account.Credential, key => SharedKeyPolicy.ForTables(account.Name, key, time), options, transport);

    /// <summary>What a message does, as it is counted.</summary>
    public static string OperationOf(HttpMessage message) => message.TryGetProperty(OperationProperty, out var value) ? (string)value! : "unknown";

    /// <summary>A request to be filled.</summary>
    /// <param name="operation">What it does, as it is counted: <c>blob.put</c>.</param>
    /// <param name="method">Its method.</param>
    /// <param name="path">Below the endpoint, escaped, without a slash at the beginning.</param>
    public HttpMessage Create(string operation, RequestMethod method, string path)
    {
        var message = _pipeline.CreateMessage();
        message.SetProperty(OperationProperty, operation);
        message.Request.Method = method;
        message.Request.Uri.Reset(Endpoint);
        message.Request.Uri.AppendPath($"/{path}", escape: false);
        message.Request.Headers.SetValue("x-ms-version", ApiVersion);
        return message;
    }

    /// <summary>Sends a request; answers whatever the service says in the end.</summary>
    /// <exception cref="StorageRequestException">No answer came, or nobody could prove who asks.</exception>
    public async Task<Response> SendAsync(HttpMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await _pipeline.SendAsync(message, cancellationToken);
            return message.Response;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException or HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var cause = e is AggregateException { InnerExceptions: [.., var last] } ? last : e;
            throw new StorageRequestException(OperationOf(message), AddressOf(message), 0, cause is AuthenticationFailedException ? "AuthenticationFailed" : "NoAnswer", cause.Message, cause);
        }
    }

    /// <summary>The error that an answer tells.</summary>
    public static StorageRequestException ErrorOf(HttpMessage message)
    {
        var response = message.Response;
        return new StorageRequestException(OperationOf(message), AddressOf(message), response.Status, CodeOf(response), response.ReasonPhrase, null);
    }

    /// <summary>The service's name of an error: from the header, or, for tables, from the body.</summary>
    public static string CodeOf(Response response)
    {
        if (response.Headers.TryGetValue("x-ms-error-code", out var code)) return code;
        try
        {
            using var body = JsonDocument.Parse(response.Content);
            return body.RootElement.GetProperty("odata.error").GetProperty("code").GetString() ?? "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }

    private static StorageService Open(
        Uri endpoint, StorageCredential credential, Func<byte[], HttpPipelinePolicy> signWith, AzureStorageOptions options, HttpPipelineTransport? transport)
    {
        var (perCall, perTry) = credential switch
        {
            StorageCredential.SharedKey(var key) => ([], [new TransactionCounter(), signWith(key)]),
            StorageCredential.Signature(var query) => (new HttpPipelinePolicy[] { new SignatureQueryPolicy(query) }, new HttpPipelinePolicy[] { new TransactionCounter() }),
            StorageCredential.Identity(var token) => ([], [new BearerTokenAuthenticationPolicy(token, Scope), new TransactionCounter()]),
            _ => throw new NotSupportedException($"{credential.GetType().Name} is no way to prove who asks."),
        };
        return new StorageService(HttpPipelineBuilder.Build(new Options(options, transport), perCall, perTry, null), endpoint);
    }

    // Without the query, which may hold a signature.
    private static string AddressOf(HttpMessage message) => message.Request.Uri.ToUri().GetLeftPart(UriPartial.Path);

    private sealed class Options : ClientOptions
    {
        public Options(AzureStorageOptions options, HttpPipelineTransport? transport)
        {
            Retry.Mode = RetryMode.Exponential;
            Retry.MaxRetries = options.MaxRetries;
            Retry.Delay = options.RetryDelay;
            Retry.MaxDelay = TimeSpan.FromSeconds(30);
            Retry.NetworkTimeout = options.NetworkTimeout;
            if (transport is not null) Transport = transport;
        }
    }
}
