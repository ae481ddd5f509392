using System.Security.Cryptography;
using System.Text;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Pipelines;

/// <summary>What a start with an idempotency key begins, decided before anything is started: sent again, it begins the same.</summary>
public sealed record StartReservation
{
    /// <summary>SHA-256 of what was asked for: the same key must ask for the same.</summary>
    public required string Request { get; init; }

    /// <summary>Id of the run; <see langword="null"/> where its files are announced first.</summary>
    public string? RunId { get; init; }

    /// <summary>Id of the announcement; <see langword="null"/> where the run starts at once.</summary>
    public string? Announcement { get; init; }

    /// <summary>When it was reserved, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The idempotency keys of starts.</summary>
/// <remarks>Table <c>starts</c>: partition = pipeline, row = SHA-256 of the key, since keys may hold any character.</remarks>
public sealed class StartReservationStore(ITableStore tables)
{
    private const string Table = "starts";

    /// <summary>Reserves a key, or answers what it was reserved for: of racing requests the first wins.</summary>
    public Task<StartReservation> ReserveAsync(string pipeline, string key, StartReservation reservation, CancellationToken cancellationToken) =>
        tables.CreateOrReadJsonAsync(Table, pipeline, Row(key), reservation, cancellationToken);

    /// <summary>What a key was reserved for, or <see langword="null"/>.</summary>
    public Task<StartReservation?> TryGetAsync(string pipeline, string key, CancellationToken cancellationToken) =>
        tables.TryReadJsonAsync<StartReservation>(Table, pipeline, Row(key), cancellationToken);

    private static string Row(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
