using System.Text.Json;

namespace MlOps.Core.Datasets;

/// <summary>Work on a dataset that a person asked for and that may take minutes.</summary>
public sealed record DatasetOperation
{
    /// <summary>Its id, 16 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>What is done.</summary>
    public required DatasetOperationKind Kind { get; init; }

    /// <summary>Name of the dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>How it stands.</summary>
    public required DatasetOperationStatus Status { get; init; }

    /// <summary>Who asked.</summary>
    public required string By { get; init; }

    /// <summary>When it was asked for, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Why it failed; <see langword="null"/> otherwise.</summary>
    public string? Problem { get; init; }

    /// <summary>What came of it once it is done: a <see cref="ValidationVerdict"/>, or what changed between two versions.</summary>
    public JsonElement? Result { get; init; }
}

/// <summary>What is done with a dataset.</summary>
public enum DatasetOperationKind
{
    /// <summary>A version is held against the rules as they are now.</summary>
    Revalidate,

    /// <summary>Two versions are compared.</summary>
    Compare,
}

/// <summary>How an operation stands.</summary>
public enum DatasetOperationStatus
{
    /// <summary>It is waiting for its turn or being worked on.</summary>
    Running,

    /// <summary>It is done and has a result.</summary>
    Done,

    /// <summary>It failed and says why.</summary>
    Failed,

    /// <summary>A person stopped it.</summary>
    Cancelled,
}
