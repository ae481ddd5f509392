using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Blobs;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Audit;

/// <summary>
/// For each key of an event the one place in the log where its entry may stand. A claim moves only once another entry has taken its
/// place, so that an event that is told twice, even at once, is written once.
/// </summary>
/// <remarks>Table <c>audit</c>, partition <c>keys</c>, row = SHA-256 of the key.</remarks>
internal sealed class AuditKeys(ITableStore tables)
{
    private const string Keys = "keys";

    /// <summary>Claims a place for a key, unless one is claimed already.</summary>
    /// <returns>The place that is claimed.</returns>
    public async Task<long> ClaimAsync(string key, long place, CancellationToken cancellationToken) =>
        (await tables.CreateOrReadJsonAsync(AuditLog.Table, Keys, RowOf(key), new Claim(key, place), cancellationToken)).Place;

    /// <summary>Moves a claim whose place another entry has taken; one that was moved meanwhile stays where it is.</summary>
    public async Task MoveAsync(string key, long from, long to, CancellationToken cancellationToken)
    {
        var current = await tables.TryReadVersionedJsonAsync<Claim>(AuditLog.Table, Keys, RowOf(key), cancellationToken);
        if (current?.Value.Place == from)
            await tables.TryWriteJsonAsync(AuditLog.Table, Keys, RowOf(key), new Claim(key, to), WriteCondition.IfMatch(current.ETag), cancellationToken);
    }

    private static string RowOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private sealed record Claim(string Key, long Place);
}
