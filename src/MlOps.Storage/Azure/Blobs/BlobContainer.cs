using System.Security.Cryptography;
using Azure.Core;
using MlOps.Storage.Azure.Connection;
using MlOps.Storage.Blobs;

namespace MlOps.Storage.Azure.Blobs;

/// <summary>One container of the blob service: its operations, one method a request.</summary>
/// <remarks>
/// A conditional write that is tried again after a lost answer may meet its own first try, which then looks like somebody else's.
/// Each write therefore carries a mark of its own in the blob's metadata, and a refusal after a retry is checked against it.
/// </remarks>
internal sealed class BlobContainer(StorageService service, string name)
{
    private const string WriteMark = "x-ms-meta-write";

    /// <summary>The container's name.</summary>
    public string Name { get; } = name;

    /// <summary>Where it is, without a slash at the end.</summary>
    public Uri Address => new($"{service.Endpoint.AbsoluteUri.TrimEnd('/')}/{Name}");

    /// <summary>Where a blob is, without a proof.</summary>
    public Uri AddressOf(string blob) => new($"{service.Endpoint.AbsoluteUri.TrimEnd('/')}/{PathOf(blob)}");

    /// <summary>What is known of a blob, or <see langword="null"/>.</summary>
    public async Task<BlobProperties?> TryGetPropertiesAsync(string blob, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.properties", RequestMethod.Head, PathOf(blob));
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            200 => BlobProperties.Of(response),
            404 => null,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    /// <summary>Starts to read a blob; the caller disposes the message, and takes the content from it.</summary>
    /// <returns><see langword="null"/>: there is no such blob.</returns>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">First byte to read.</param>
    /// <param name="eTag">Only while the blob has this ETag; <see langword="null"/>: any.</param>
    /// <param name="whole">Whether the content is read into memory before this returns.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <exception cref="BlobChangedException">The blob does not have that ETag any more.</exception>
    public async Task<HttpMessage?> TryStartReadAsync(string blob, long offset, string? eTag, bool whole, CancellationToken cancellationToken)
    {
        var message = service.Create("blob.get", RequestMethod.Get, PathOf(blob));
        try
        {
            message.BufferResponse = whole;
            if (offset > 0) message.Request.Headers.SetValue("x-ms-range", $"bytes={offset}-");
            if (eTag is not null) message.Request.Headers.SetValue("If-Match", Quote(eTag));
            switch ((await service.SendAsync(message, cancellationToken)).Status)
            {
                case 200 or 206:
                    return message;
                case 404:
                    message.Dispose();
                    return null;
                case 412:
                    throw new BlobChangedException(blob);
                default:
                    throw StorageService.ErrorOf(message);
            }
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    /// <summary>Writes a whole blob with one request.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public Task<string?> TryPutAsync(string blob, RequestContent content, WriteCondition condition, CancellationToken cancellationToken) =>
        TryWriteAsync(
            blob,
            () =>
            {
                var message = service.Create("blob.put", RequestMethod.Put, PathOf(blob));
                message.Request.Headers.SetValue("x-ms-blob-type", "BlockBlob");
                message.Request.Headers.SetValue("Content-Type", "application/octet-stream");
                message.Request.Content = content;
                return message;
            },
            condition,
            cancellationToken);

    /// <summary>Lays a part of a blob down; nobody sees it until it is in the blob's list, and it is gone after a week.</summary>
    public async Task PutBlockAsync(string blob, string blockId, RequestContent content, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var message = service.Create("blob.putblock", RequestMethod.Put, PathOf(blob));
            message.Request.Uri.AppendQuery("comp", "block");
            message.Request.Uri.AppendQuery("blockid", blockId, escapeValue: true);
            message.Request.Content = content;
            switch (await service.SendAsync(message, cancellationToken))
            {
                case { Status: 201 }:
                    return;
                case { Status: 404 } response when StorageService.CodeOf(response) is "ContainerNotFound":
                    await CreateAsync(cancellationToken);
                    continue;
                default:
                    throw StorageService.ErrorOf(message);
            }
        }
    }

    /// <summary>Makes parts that were laid down the blob, all at once.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public Task<string?> TryCommitAsync(string blob, IReadOnlyList<string> blockIds, WriteCondition condition, CancellationToken cancellationToken) =>
        TryWriteAsync(
            blob,
            () =>
            {
                var message = service.Create("blob.putblocklist", RequestMethod.Put, PathOf(blob));
                message.Request.Uri.AppendQuery("comp", "blocklist");
                message.Request.Headers.SetValue("Content-Type", "application/xml");
                message.Request.Headers.SetValue("x-ms-blob-content-type", "application/octet-stream");
                message.Request.Content = RequestContent.Create(BlobXml.WriteBlockList(blockIds));
                return message;
            },
            condition,
            cancellationToken);

    /// <summary>Starts a copy within the service.</summary>
    /// <returns>Whether it is done; <see langword="null"/>: the source is not, or not any more, the blob of that ETag.</returns>
    public async Task<bool?> TryCopyAsync(string from, string eTag, string to, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.copy", RequestMethod.Put, PathOf(to));
        // With a signature as the proof, it is the query of the request, and the source needs it as well.
        message.Request.Headers.SetValue("x-ms-copy-source", $"{AddressOf(from).AbsoluteUri}{SourceQuery}");
        message.Request.Headers.SetValue("x-ms-source-if-match", Quote(eTag));
        message.Request.Headers.SetValue(WriteMark, NewMark());
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            202 => BlobProperties.IsCopied(response),
            404 or 412 => null,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    /// <summary>Query that proves the right to read the source of a copy; empty where the request's own proof does.</summary>
    public string SourceQuery { get; init; } = "";

    /// <summary>Deletes a blob.</summary>
    /// <returns>Whether there is none of that ETag any more.</returns>
    /// <param name="blob">The blob.</param>
    /// <param name="eTag">Only while it has this ETag; <see langword="null"/>: any.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public async Task<bool> TryDeleteAsync(string blob, string? eTag, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.delete", RequestMethod.Delete, PathOf(blob));
        message.Request.Headers.SetValue("x-ms-delete-snapshots", "include");
        if (eTag is not null) message.Request.Headers.SetValue("If-Match", Quote(eTag));
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            202 or 404 => true,
            412 when StorageService.CodeOf(response) is "ConditionNotMet" => false,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    /// <summary>A page of the blobs whose names start with a prefix.</summary>
    public async Task<BlobPage> ListAsync(string prefix, string? marker, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.list", RequestMethod.Get, Name);
        var uri = message.Request.Uri;
        uri.AppendQuery("restype", "container");
        uri.AppendQuery("comp", "list");
        if (prefix.Length > 0) uri.AppendQuery("prefix", prefix, escapeValue: true);
        if (marker is not null) uri.AppendQuery("marker", marker, escapeValue: true);
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            200 => BlobXml.ReadPage(response.ContentStream!),
            404 => BlobPage.Empty,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    /// <summary>One request of a lease.</summary>
    /// <returns>Whether it was granted.</returns>
    public async Task<bool> TryLeaseAsync(string blob, string action, string leaseId, TimeSpan? duration, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.lease", RequestMethod.Put, PathOf(blob));
        message.Request.Uri.AppendQuery("comp", "lease");
        message.Request.Headers.SetValue("x-ms-lease-action", action);
        // The id that is proposed is the id that is held, so that a process may take up again what it held before.
        message.Request.Headers.SetValue(action is "acquire" ? "x-ms-proposed-lease-id" : "x-ms-lease-id", leaseId);
        if (duration is { } time) message.Request.Headers.SetValue("x-ms-lease-duration", $"{(int)time.TotalSeconds}");
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status switch
        {
            200 or 201 => true,
            409 or 412 => false,
            _ => throw StorageService.ErrorOf(message),
        };
    }

    /// <summary>Creates the container unless it exists.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        using var message = service.Create("container.create", RequestMethod.Put, Name);
        message.Request.Uri.AppendQuery("restype", "container");
        if (await service.SendAsync(message, cancellationToken) is { Status: not (201 or 409) }) throw StorageService.ErrorOf(message);
    }

    /// <summary>A key with which this process's identity may sign for others.</summary>
    public async Task<UserDelegationKey> GetUserDelegationKeyAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.delegationkey", RequestMethod.Post, "");
        message.Request.Uri.AppendQuery("restype", "service");
        message.Request.Uri.AppendQuery("comp", "userdelegationkey");
        message.Request.Headers.SetValue("Content-Type", "application/xml");
        message.Request.Content = RequestContent.Create(BlobXml.WriteKeyInfo(from, until));
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status is 200 ? BlobXml.ReadKey(response.ContentStream!) : throw StorageService.ErrorOf(message);
    }

    private async Task<string?> TryWriteAsync(string blob, Func<HttpMessage> create, WriteCondition condition, CancellationToken cancellationToken)
    {
        var mark = NewMark();
        while (true)
        {
            using var message = create();
            message.Request.Headers.SetValue(WriteMark, mark);
            if (condition.MustNotExist) message.Request.Headers.SetValue("If-None-Match", "*");
            else if (condition.ETag is { } eTag) message.Request.Headers.SetValue("If-Match", Quote(eTag));
            var response = await service.SendAsync(message, cancellationToken);
            switch (response.Status)
            {
                case 201:
                    return BlobProperties.ETagOf(response);
                case 404 when StorageService.CodeOf(response) is "ContainerNotFound":
                    await CreateAsync(cancellationToken);
                    continue;
                case 404 when condition.ETag is not null:
                    return null;
                case 409 or 412 when StorageService.CodeOf(response) is "BlobAlreadyExists" or "ConditionNotMet":
                    return message.ProcessingContext.RetryNumber > 0 ? await FindOwnWriteAsync(blob, mark, cancellationToken) : null;
                default:
                    throw StorageService.ErrorOf(message);
            }
        }
    }

    private async Task<string?> FindOwnWriteAsync(string blob, string mark, CancellationToken cancellationToken)
    {
        using var message = service.Create("blob.properties", RequestMethod.Head, PathOf(blob));
        var response = await service.SendAsync(message, cancellationToken);
        return response.Status is 200 && response.Headers.TryGetValue(WriteMark, out var found) && found == mark ? BlobProperties.ETagOf(response) : null;
    }

    private string PathOf(string blob) => $"{Name}/{string.Join('/', blob.Split('/').Select(Uri.EscapeDataString))}";

    private static string Quote(string eTag) => $"\"{eTag}\"";

    private static string NewMark() => RandomNumberGenerator.GetHexString(16, lowercase: true);
}
