using MlOps.Core.Models;

namespace MlOps.Data.Features;

/// <summary>What became of a value: it was taken, perhaps with a finding; or it is missing; or it was refused.</summary>
/// <param name="IsMissing">There is no value; nothing was taken.</param>
/// <param name="Finding">The rule that it breaks, and what is to be done.</param>
/// <param name="Value">For the message: what it was.</param>
public readonly record struct TakenValue(bool IsMissing, (InputAction Action, string Rule)? Finding, string? Value)
{
    /// <summary>No value.</summary>
    public static TakenValue Missing { get; } = new(IsMissing: true, null, null);
}

/// <summary>Takes the value of a row into a column.</summary>
/// <param name="column">The column.</param>
/// <param name="row">Number of the row.</param>
/// <param name="rules">How it is judged.</param>
public delegate TakenValue ColumnTaker(RawColumn column, int row, InputRules rules);

/// <summary>Takes a value into a column and judges it.</summary>
/// <remarks>Each method answers the rule that the value breaks, or <see langword="null"/>.</remarks>
public static class ColumnValue
{
    /// <summary>The rule that a missing value breaks where one is required.</summary>
    internal const string RequiredRule = "the field is required.";

    /// <summary>A whole number.</summary>
    public static (InputAction Action, string Rule)? Take(RawColumn column, InputRules rules, long value) =>
        column.TryTake(value) ? rules.Judge(value) : (InputAction.Reject, column.Expectation);

    /// <summary>A number.</summary>
    public static (InputAction Action, string Rule)? Take(RawColumn column, InputRules rules, double value) =>
        column.TryTake(value) ? rules.Judge(value) : (InputAction.Reject, column.Expectation);

    /// <summary>True or false.</summary>
    public static (InputAction Action, string Rule)? Take(RawColumn column, bool value) =>
        column.TryTake(value) ? null : (InputAction.Reject, column.Expectation);

    /// <summary>A text in UTF-8.</summary>
    public static (InputAction Action, string Rule)? Take(RawColumn column, InputRules rules, ReadOnlySpan<byte> utf8)
    {
        if (TooLong(utf8) is { } tooLong) return (InputAction.Reject, tooLong);
        return column.TryTake(utf8) ? rules.Judge(utf8) : (InputAction.Reject, column.Expectation);
    }
    /// <summary>The rule that a text breaks by its length, or <see langword="null"/>.</summary>
    internal static string? TooLong(ReadOnlySpan<byte> utf8) =>
        utf8.Length > RawRows.MaxTextBytes ? $"a value of at most {RawRows.MaxTextBytes} bytes is expected." : null;
}
