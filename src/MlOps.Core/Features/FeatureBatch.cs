namespace MlOps.Core.Features;

/// <summary>Rows of model inputs, held by column: what feature computation gives and a model takes.</summary>
public sealed class FeatureBatch
{
    /// <summary>A batch of columns of equal length.</summary>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public FeatureBatch(int rows, IReadOnlyList<FeatureColumn> columns)
    {
        if (columns.FirstOrDefault(c => c.Length != rows) is { } odd)
            throw new ArgumentException($"Column '{odd.Name}' has {odd.Length} values, the batch {rows} rows.", nameof(columns));
        (Rows, Columns) = (rows, columns);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>The columns, in the order of the model's inputs.</summary>
    public IReadOnlyList<FeatureColumn> Columns { get; }

    /// <summary>The first rows, without a copy; all of them when there are no more.</summary>
    public FeatureBatch Take(int rows) => Slice(0, Math.Min(rows, Rows));

    /// <summary>A run of rows, without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The run is not within the batch.</exception>
    public FeatureBatch Slice(int start, int rows) => new(rows, [.. Columns.Select(c => c.Slice(start, rows))]);
}

/// <summary>One input of a model for a number of rows. A closed set: <see cref="NumberColumn"/>, <see cref="CategoryColumn"/>.</summary>
/// <param name="Name">The feature's name.</param>
public abstract record FeatureColumn(string Name)
{
    /// <summary>Number of values.</summary>
    public abstract int Length { get; }

    /// <summary>A run of values, without a copy.</summary>
    public abstract FeatureColumn Slice(int start, int length);
}

/// <summary>A numeric input.</summary>
/// <param name="Name">The feature's name.</param>
/// <param name="Values">One value a row; NaN where missing.</param>
public sealed record NumberColumn(string Name, ReadOnlyMemory<float> Values) : FeatureColumn(Name)
{
    /// <inheritdoc/>
    public override int Length => Values.Length;

    /// <inheritdoc/>
    public override FeatureColumn Slice(int start, int length) => this with { Values = Values.Slice(start, length) };
}

/// <summary>A categorical input.</summary>
/// <param name="Name">The feature's name.</param>
/// <param name="Values">One value a row; the empty text where missing.</param>
public sealed record CategoryColumn(string Name, ReadOnlyMemory<string> Values) : FeatureColumn(Name)
{
    /// <inheritdoc/>
    public override int Length => Values.Length;

    /// <inheritdoc/>
    public override FeatureColumn Slice(int start, int length) => this with { Values = Values.Slice(start, length) };
}
