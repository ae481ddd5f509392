using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MlOps.Core.Models;
using MlOps.Data.Features;

namespace MlOps.Serving.OpenInference;

/// <summary>The elements of a tensor, row by row.</summary>
internal abstract class TensorValues
{
    /// <summary>Number of elements.</summary>
    public abstract int Count { get; }

    /// <summary>Takes an element into a column.</summary>
    public TakenValue Take(RawColumn column, int index, InputRules rules)
    {
        if (IsMissing(index)) return TakenValue.Missing;
        return TryTake(column, index, rules) is { } finding ? new(IsMissing: false, finding, Shown(index)) : default;
    }

    /// <summary>An element as text, for the customer's key; <see langword="null"/> when missing.</summary>
    public string? TextOf(int index) => IsMissing(index) ? null : Text(index);

    /// <summary>Writes an element as JSON: null when missing.</summary>
    public void WriteTo(Utf8JsonWriter json, int index)
    {
        if (IsMissing(index)) json.WriteNullValue();
        else Write(json, index);
    }

    private protected abstract bool IsMissing(int index);

    private protected abstract (InputAction Action, string Rule)? TryTake(RawColumn column, int index, InputRules rules);

    private protected abstract string Text(int index);

    private protected abstract void Write(Utf8JsonWriter json, int index);

    private string Shown(int index) => Text(index) is { Length: > 80 } text ? text[..80] + "…" : Text(index);
}

/// <summary>Whole numbers; <see langword="null"/> where missing.</summary>
internal sealed class WholeValues(long?[] values) : TensorValues
{
    public override int Count => values.Length;

    private protected override bool IsMissing(int index) => values[index] is null;

    private protected override (InputAction Action, string Rule)? TryTake(RawColumn column, int index, InputRules rules) =>
        ColumnValue.Take(column, rules, values[index]!.Value);

    private protected override string Text(int index) => ((double)values[index]!.Value).ToString("R", CultureInfo.InvariantCulture);

    private protected override void Write(Utf8JsonWriter json, int index) => json.WriteNumberValue(values[index]!.Value);
}

/// <summary>Numbers; NaN where missing.</summary>
internal sealed class RealValues(double[] values) : TensorValues
{
    public override int Count => values.Length;

    private protected override bool IsMissing(int index) => double.IsNaN(values[index]);

    private protected override (InputAction Action, string Rule)? TryTake(RawColumn column, int index, InputRules rules) =>
        ColumnValue.Take(column, rules, values[index]);

    private protected override string Text(int index) => values[index].ToString("R", CultureInfo.InvariantCulture);

    private protected override void Write(Utf8JsonWriter json, int index)
    {
        if (double.IsFinite(values[index])) json.WriteNumberValue(values[index]);
        else json.WriteStringValue(Text(index));
    }
}

/// <summary>True or false; <see langword="null"/> where missing.</summary>
internal sealed class TruthValues(bool?[] values) : TensorValues
{
    public override int Count => values.Length;

    private protected override bool IsMissing(int index) => values[index] is null;

    private protected override (InputAction Action, string Rule)? TryTake(RawColumn column, int index, InputRules rules) =>
        ColumnValue.Take(column, values[index]!.Value);

    private protected override string Text(int index) => values[index]!.Value ? "true" : "false";

    private protected override void Write(Utf8JsonWriter json, int index) => json.WriteBooleanValue(values[index]!.Value);
}

/// <summary>Texts in UTF-8; <see langword="null"/> where missing.</summary>
internal sealed class TextValues(ReadOnlyMemory<byte>?[] values) : TensorValues
{
    public override int Count => values.Length;

    private protected override bool IsMissing(int index) => values[index] is null;

    private protected override (InputAction Action, string Rule)? TryTake(RawColumn column, int index, InputRules rules) =>
        ColumnValue.Take(column, rules, values[index]!.Value.Span);

    private protected override string Text(int index) => Encoding.UTF8.GetString(values[index]!.Value.Span);

    private protected override void Write(Utf8JsonWriter json, int index)
    {
        // A tensor that is no column of the model may hold anything.
        if (Utf8.IsValid(values[index]!.Value.Span)) json.WriteStringValue(values[index]!.Value.Span);
        else json.WriteStringValue(Text(index));
    }
}
