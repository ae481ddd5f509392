using MlOps.Core.Features;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>A locked database with one planned query: rows of requests in, model inputs out. One call at a time.</summary>
internal sealed class ComputeSession : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly DuckDbStatement _statement;
    private readonly RowSource _source;
    private readonly ColumnReader _reader;

    /// <summary>Opens the database and plans the query.</summary>
    /// <exception cref="ExpressionException">An expression cannot be used.</exception>
    public ComputeSession(FeatureTransform transform, DuckDbOptions options)
    {
        _connection = DuckDbConnection.Open(options with { Threads = 1 });
        _source = RowSource.Register(_connection, "instances", new RawRows(transform.Columns).Part.Columns);
        _connection.Lock([]);
        Expressions = TransformGuard.Check(_connection, transform);
        _statement = _connection.Prepare($"SELECT {string.Join(", ", transform.Features.Select(FeatureSql.Value))} FROM instances()");
        _reader = new ColumnReader([.. transform.Features.Select(f => (f.Name, f.Kind is FeatureKind.Category))]);
    }

    /// <summary>What it computes, in the order of the features.</summary>
    public IReadOnlyList<ScalarExpression> Expressions { get; }

    /// <summary>Computes the inputs of rows.</summary>
    public FeatureBatch Compute(IReadOnlyList<RawRows> requests, CancellationToken cancellationToken)
    {
        _source.Parts = [.. requests.Select(r => r.Part)];
        using var result = _statement.Query(cancellationToken);
        var batch = _reader.ReadAll(result, requests.Sum(r => r.Rows));
        // A pooled session must not keep the rows of somebody who has long been answered.
        _source.Parts = [];
        return batch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _statement.Dispose();
        _connection.Dispose();
    }
}
