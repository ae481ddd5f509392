using System.Text.Json;
using MlOps.Core.Json;

namespace MlOps.Storage.Blobs;

/// <summary>Blobs as JSON documents, in the form of <see cref="MlOpsJson"/>.</summary>
public static class BlobJson
{
    /// <summary>Reads a document.</summary>
    /// <exception cref="BlobNotFoundException">There is no such blob.</exception>
    /// <exception cref="StoredDocumentException">The blob is no such document.</exception>
    public static async Task<T> ReadJsonAsync<T>(this IBlobStore blobs, string name, CancellationToken cancellationToken) where T : class =>
        await blobs.TryReadJsonAsync<T>(name, cancellationToken) ?? throw new BlobNotFoundException(name);

    /// <summary>Reads a document, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="StoredDocumentException">The blob is no such document.</exception>
    public static async Task<T?> TryReadJsonAsync<T>(this IBlobStore blobs, string name, CancellationToken cancellationToken) where T : class =>
        (await blobs.TryReadVersionedJsonAsync<T>(name, cancellationToken))?.Value;

    /// <summary>Reads a document with its ETag, or <see langword="null"/> when there is none.</summary>
    /// <exception cref="StoredDocumentException">The blob is no such document.</exception>
    public static async Task<Versioned<T>?> TryReadVersionedJsonAsync<T>(this IBlobStore blobs, string name, CancellationToken cancellationToken) where T : class
    {
        if (await blobs.TryReadAsync(name, cancellationToken) is not { } blob) return null;
        try
        {
            return new Versioned<T>(JsonSerializer.Deserialize<T>(blob.Content.Span, MlOpsJson.Indented) ?? throw new StoredDocumentException(name, typeof(T), null), blob.ETag);
        }
        catch (JsonException e)
        {
            throw new StoredDocumentException(name, typeof(T), e);
        }
    }

    /// <summary>Writes a document unless there is one, and answers the one that is there: of racing writers the first wins.</summary>
    /// <exception cref="StoredDocumentException">What is there is no such document.</exception>
    public static async Task<T> CreateOrReadJsonAsync<T>(this IBlobStore blobs, string name, T value, CancellationToken cancellationToken) where T : class =>
        await blobs.TryWriteJsonAsync(name, value, WriteCondition.IfAbsent, cancellationToken) is not null
            ? value
            : await blobs.ReadJsonAsync<T>(name, cancellationToken);

    /// <summary>Writes a document, replacing what was there.</summary>
    /// <returns>The new ETag.</returns>
    public static async Task<string> WriteJsonAsync<T>(this IBlobStore blobs, string name, T value, CancellationToken cancellationToken) where T : class =>
        await blobs.TryWriteJsonAsync(name, value, WriteCondition.None, cancellationToken)
        ?? throw new InvalidOperationException($"The unconditional write of '{name}' was refused.");

    /// <summary>Writes a document under a condition.</summary>
    /// <returns>The new ETag, or <see langword="null"/> when the condition was not met.</returns>
    public static Task<string?> TryWriteJsonAsync<T>(this IBlobStore blobs, string name, T value, WriteCondition condition, CancellationToken cancellationToken) where T : class =>
        blobs.TryWriteAsync(name, JsonSerializer.SerializeToUtf8Bytes(value, MlOpsJson.Indented), condition, cancellationToken);
}
