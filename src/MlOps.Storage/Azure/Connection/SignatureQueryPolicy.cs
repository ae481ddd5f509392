using Azure.Core;
using Azure.Core.Pipeline;

namespace MlOps.Storage.Azure.Connection;

/// <summary>Appends a shared access signature to each request, once: before the first try.</summary>
internal sealed class SignatureQueryPolicy(string signature) : HttpPipelineSynchronousPolicy
{
    /// <inheritdoc/>
    public override void OnSendingRequest(HttpMessage message) =>
        message.Request.Uri.Query = message.Request.Uri.Query is { Length: > 1 } query ? $"{query}&{signature}" : $"?{signature}";
}
