namespace MlOps.Data.Features;

/// <summary>Rows of a prediction request cannot be used.</summary>
/// <param name="errors">What is wrong with which row; at least one, at most 20.</param>
public sealed class InvalidInstancesException(IReadOnlyList<InstanceError> errors)
    : Exception(string.Join(" ", errors.Select(e => e.ToString())))
{
    /// <summary>What is wrong with which row.</summary>
    public IReadOnlyList<InstanceError> Errors { get; } = errors;
}

/// <summary>One field of one row that cannot be used.</summary>
/// <param name="Row">Position in the request, from 0.</param>
/// <param name="Field">The field; empty when the row itself is no object.</param>
/// <param name="Value">Its value as JSON, cut after 80 characters; <see langword="null"/> when the field is not there.</param>
/// <param name="Rule">What it should be, and what to do.</param>
public sealed record InstanceError(int Row, string Field, string? Value, string Rule)
{
    /// <summary>A value cut to what a message has room for.</summary>
    internal static string Shorten(string text) => text.Length > 80 ? text[..80] + "…" : text;

    /// <summary>One sentence.</summary>
    public override string ToString() =>
        $"instances[{Row}]{(Field.Length > 0 ? $".{Field}" : "")}{(Value is null ? "" : $" = {Value}")}: {Rule}";
}
