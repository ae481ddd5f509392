using System.Text.Json;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>One row of the table of instances.</summary>
internal sealed record InstanceRow
{
    public required long Key { get; init; }
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Version { get; init; }
    public required OrchestrationRuntimeStatus Status { get; init; }
    public required long Created { get; init; }
    public required long Updated { get; init; }
    public long? StartAt { get; init; }
    public string? ParentId { get; init; }
    public string? Tags { get; init; }
    public string? CustomStatus { get; init; }
    public byte[]? Failure { get; init; }
    public string? Output { get; init; }

    public static string? WriteTags(IReadOnlyDictionary<string, string>? tags) =>
        tags is { Count: > 0 } ? JsonSerializer.Serialize(tags) : null;

    public OrchestrationMetadata ToMetadata(PayloadSerializer serializer, string? input) => new(serializer)
    {
        Name = Name,
        InstanceId = Id,
        Version = Version,
        RuntimeStatus = Status,
        CreatedAt = new DateTimeOffset(Created, TimeSpan.Zero),
        LastUpdatedAt = new DateTimeOffset(Updated, TimeSpan.Zero),
        ParentInstanceId = ParentId,
        Tags = Tags is null ? new Dictionary<string, string>() : JsonSerializer.Deserialize<Dictionary<string, string>>(Tags)!,
        SerializedInput = input,
        SerializedOutput = Output,
        SerializedCustomStatus = CustomStatus,
        FailureDetails = Failure is null ? null : Protocol.TaskFailureDetails.Parser.ParseFrom(Failure).ToFailure(),
    };
}
