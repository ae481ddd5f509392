using System.Collections.Concurrent;
using System.Linq.Expressions;
using MlOps.Core.Features;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features.Compilation;

/// <summary>
/// A transform whose every expression is compiled: the model inputs of a row cost what the arithmetic costs, not a query. Thread-safe.
/// </summary>
internal sealed class CompiledTransform
{
    private static readonly int s_maxPooled = 2 * Environment.ProcessorCount;

    private readonly ConcurrentBag<RowCursor> _cursors = [];
    private readonly IReadOnlyList<CompiledFeature> _features;
    private readonly int _columns;

    private CompiledTransform(IReadOnlyList<CompiledFeature> features, int columns) => (_features, _columns) = (features, columns);

    /// <summary>Compiles a transform.</summary>
    /// <param name="transform">The transform.</param>
    /// <param name="expressions">Its expressions, in the order of its features.</param>
    /// <exception cref="NotCompiledException">One of them holds something that is not compiled.</exception>
    public static CompiledTransform Compile(FeatureTransform transform, IReadOnlyList<ScalarExpression> expressions)
    {
        var cursor = Expression.Parameter(typeof(RowCursor));
        var compiler = new ExpressionCompiler(transform.Columns, cursor);
        return new([.. transform.Features.Select((feature, i) => CompiledFeature.Compile(feature, compiler.Compile(expressions[i].Tree), cursor))], transform.Columns.Count);
    }

    /// <summary>The model inputs of the rows of requests, one request's behind the other's.</summary>
    /// <returns><see langword="null"/> when a row has a value that is for the engine.</returns>
    public FeatureBatch? TryCompute(IReadOnlyList<RawRows> requests, CancellationToken cancellationToken)
    {
        if (!_cursors.TryTake(out var cursor)) cursor = new RowCursor(_columns);
        try
        {
            var rows = requests.Sum(r => r.Rows);
            var columns = _features.Select(f => f.Prepare(rows)).ToArray();
            var first = 0;
            foreach (var request in requests)
            {
                cancellationToken.ThrowIfCancellationRequested();
                cursor.Columns = request.Targets;
                foreach (var column in columns) column.Fill(cursor, first, request.Rows);
                first += request.Rows;
            }

            return new FeatureBatch(rows, [.. columns.Select(c => c.Column)]);
        }
        catch (Exception error) when (error is EngineNeededException or OverflowException)
        {
            return null;
        }
        finally
        {
            cursor.Columns = [];
            if (_cursors.Count < s_maxPooled) _cursors.Add(cursor);
        }
    }
}
