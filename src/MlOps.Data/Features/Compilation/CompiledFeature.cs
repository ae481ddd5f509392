using System.Linq.Expressions;
using MlOps.Core.Features;

namespace MlOps.Data.Features.Compilation;

/// <summary>One model input, compiled.</summary>
internal abstract class CompiledFeature
{
    /// <summary>Compiles an input: its expression's value as <see cref="FeatureSql"/> makes the model's input of it.</summary>
    /// <exception cref="NotCompiledException">Its type is not one of which this kind of input is compiled.</exception>
    public static CompiledFeature Compile(FeatureDefinition feature, SqlValue value, ParameterExpression cursor)
    {
        if (feature.Kind is FeatureKind.Number)
        {
            if (value.Type is SqlType.Truth) value = value.As(SqlType.Big);
            if (!value.IsNumber || value.Type is SqlType.Decimal) throw new NotCompiledException($"a number out of {value.Type}");
            return new Number(feature.Name, Compile<float>(nameof(Scalars.FloatOf), value, cursor));
        }

        return new Category(feature.Name, Compile<string>(nameof(Scalars.OrEmpty), value.As(SqlType.Text), cursor));
    }

    /// <summary>Room for the values of so many rows.</summary>
    public abstract FeatureValues Prepare(int rows);

    private static Func<RowCursor, T> Compile<T>(string method, SqlValue value, ParameterExpression cursor) =>
        Expression.Lambda<Func<RowCursor, T>>(Expression.Call(typeof(Scalars), method, null, value.Code), cursor).Compile();

    private sealed class Number(string name, Func<RowCursor, float> compute) : CompiledFeature
    {
        public override FeatureValues Prepare(int rows)
        {
            var values = new float[rows];
            return new FeatureValues<float>(values, compute, new NumberColumn(name, values));
        }
    }

    private sealed class Category(string name, Func<RowCursor, string> compute) : CompiledFeature
    {
        public override FeatureValues Prepare(int rows)
        {
            var values = new string[rows];
            return new FeatureValues<string>(values, compute, new CategoryColumn(name, values));
        }
    }
}

/// <summary>The values of one model input for the rows of a batch.</summary>
/// <param name="column">The column that they are.</param>
internal abstract class FeatureValues(FeatureColumn column)
{
    /// <summary>The column that they are.</summary>
    public FeatureColumn Column { get; } = column;

    /// <summary>Computes the values of a request.</summary>
    /// <param name="cursor">Has the request's columns.</param>
    /// <param name="first">Place of the request's first row in the batch.</param>
    /// <param name="rows">Number of its rows.</param>
    /// <exception cref="EngineNeededException">A row has a value that is for the engine.</exception>
    /// <exception cref="OverflowException">As above.</exception>
    public abstract void Fill(RowCursor cursor, int first, int rows);
}

/// <inheritdoc/>
internal sealed class FeatureValues<T>(T[] values, Func<RowCursor, T> compute, FeatureColumn column) : FeatureValues(column)
{
    public override void Fill(RowCursor cursor, int first, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            cursor.Row = row;
            values[first + row] = compute(cursor);
        }
    }
}
