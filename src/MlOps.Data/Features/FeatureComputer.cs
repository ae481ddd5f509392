using System.Collections.Concurrent;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Text;
using MlOps.Core.Training;
using MlOps.Data.Features.Compilation;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>Computes a model's inputs from raw rows, exactly as training did: same expressions, same meaning. Thread-safe.</summary>
/// <remarks>
/// Rows of requests are computed by compiled expressions where all of a model's can be compiled, else, and wherever a value is out of the
/// ordinary, by the engine that training used. There every batch has a database of its own out of a pool: one thread, no access to files,
/// no settings to change. Values are taken by the declared types; text is not converted to numbers. A column that is absent or null is
/// missing, unless it is required.
/// </remarks>
public sealed class FeatureComputer : IDisposable
{
    private const int BatchRows = 64 * 1024;
    private static readonly int s_maxPooled = 2 * Environment.ProcessorCount;

    private readonly ConcurrentBag<ComputeSession> _pool = [];
    private readonly DuckDbOptions _options;
    private readonly RawRowsReader _reader;
    private readonly CompiledTransform? _compiled;
    private volatile bool _disposed;

    /// <summary>Prepares the computation.</summary>
    /// <param name="transform">The model's transform.</param>
    /// <param name="options">Limits of the engine, for each request; <see langword="null"/>: the defaults.</param>
    /// <exception cref="ExpressionException">An expression cannot be used.</exception>
    /// <exception cref="DuckDbException">An expression does not go with the columns' types.</exception>
    public FeatureComputer(FeatureTransform transform, DuckDbOptions? options = null)
        : this(options ?? new(), transform)
    {
        var session = new ComputeSession(transform, _options);
        _pool.Add(session);
        try
        {
            _compiled = CompiledTransform.Compile(transform, session.Expressions);
        }
        catch (NotCompiledException notCompiled)
        {
            EngineReason = notCompiled.Message;
        }
    }

    private FeatureComputer(DuckDbOptions options, FeatureTransform transform) => (Transform, _options, _reader) = (transform, options, new RawRowsReader(transform));

    /// <summary>Prepares the computation for files: nothing is compiled or made ready for requests, and nothing is checked before the first file.</summary>
    /// <param name="transform">The model's transform.</param>
    /// <param name="options">Limits of the engine, for each file; <see langword="null"/>: the defaults.</param>
    public static FeatureComputer ForFiles(FeatureTransform transform, DuckDbOptions? options = null) => new(options ?? new(), transform);

    /// <summary>Why the engine computes the rows of requests; <see langword="null"/>: compiled expressions do.</summary>
    public string? EngineReason { get; }

    /// <summary>What is computed.</summary>
    public FeatureTransform Transform { get; }

    /// <summary>Computes the inputs of JSON rows; see <see cref="RawRowsReader"/>.</summary>
    /// <exception cref="InvalidInstancesException">A row has an unknown field, a value of the wrong type, or lacks a required column.</exception>
    /// <exception cref="DuckDbException">An expression fails on a value (a conversion, say).</exception>
    public FeatureBatch Compute(IReadOnlyList<JsonElement> instances, CancellationToken cancellationToken) =>
        Compute([_reader.Read(instances)], cancellationToken);

    /// <summary>Computes the inputs of the rows of prediction requests, one request's behind the other's.</summary>
    /// <param name="requests">Rows with the columns of <see cref="FeatureTransform.Columns"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DuckDbException">An expression fails on a value (a conversion, say).</exception>
    public FeatureBatch Compute(IReadOnlyList<RawRows> requests, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _compiled?.TryCompute(requests, cancellationToken) ?? ComputeByEngine(requests, cancellationToken);
    }

    /// <summary>The same by DuckDB, whether or not the expressions are compiled.</summary>
    internal FeatureBatch ComputeByEngine(IReadOnlyList<RawRows> requests, CancellationToken cancellationToken)
    {
        if (!_pool.TryTake(out var session)) session = new ComputeSession(Transform, _options);
        try
        {
            return session.Compute(requests, cancellationToken);
        }
        finally
        {
            if (_disposed || _pool.Count >= s_maxPooled) session.Dispose();
            else _pool.Add(session);
        }
    }

    /// <summary>Computes the inputs of all rows of a parquet file of raw columns, such as a feature set's test part.</summary>
    /// <param name="path">The file; labels are taken from <see cref="TrialSpec.LabelColumn"/> where it has one.</param>
    /// <param name="slices">Columns of the file, or features, whose values are wanted too.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Batches of some 64k rows, in the order of the file.</returns>
    /// <exception cref="ArgumentException">A slice is neither a column nor a feature.</exception>
    /// <exception cref="DuckDbException">The file cannot be read or lacks a column, or an expression fails on a value.</exception>
    public IEnumerable<LabelledBatch> ComputeParquet(string path, IReadOnlyList<string> slices, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        using var connection = DuckDbConnection.Open(_options);
        connection.Lock([path]);
        TransformGuard.Check(connection, Transform);
        var source = $"read_parquet({Sql.Text(path)})";
        var present = connection.Rows($"SELECT column_name FROM (DESCRIBE SELECT * FROM {source})", cancellationToken)
            .Select(r => r.Text(0)).ToHashSet(StringComparer.Ordinal);
        var outputs = Transform.Features.Select(f => (Sql: FeatureSql.Value(f), f.Name, IsText: f.Kind is FeatureKind.Category))
            .Append((Sql: present.Contains(TrialSpec.LabelColumn) ? $"CAST({TrialSpec.LabelColumn} AS FLOAT)" : "NULL::FLOAT", Name: TrialSpec.LabelColumn, IsText: false))
            .Concat(slices.Select(slice => (Sql: Slice(slice, present), Name: slice, IsText: true)))
            .ToList();
        using var result = connection.Query($"SELECT {string.Join(", ", outputs.Select(o => o.Sql))} FROM {source}", cancellationToken);
        var reader = new ColumnReader([.. outputs.Select(o => (o.Name, o.IsText))]);
        while (reader.Read(result, BatchRows) is { Rows: > 0 } batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var inputs = Transform.Features.Count;
            yield return new LabelledBatch(
                new FeatureBatch(batch.Rows, [.. batch.Columns.Take(inputs)]),
                ((NumberColumn)batch.Columns[inputs]).Values,
                slices.Select((slice, i) => (slice, ((CategoryColumn)batch.Columns[inputs + 1 + i]).Values)).ToDictionary(StringComparer.Ordinal));
        }
    }

    /// <summary>Finds the rows of a parquet file of raw columns on which an expression fails, which fails the computation of all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Their places in the file, from 0, ascending; and what DuckDB says of each.</returns>
    public IReadOnlyList<(long Place, DuckDbException Error)> FindFailures(string path, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        using var connection = DuckDbConnection.Open(_options with { Threads = 1 });
        connection.Lock([path]);
        TransformGuard.Check(connection, Transform);
        connection.Execute($"CREATE TEMP TABLE instances AS SELECT * FROM read_parquet({Sql.Text(path)}, file_row_number = true)", cancellationToken);
        using var statement = connection.Prepare(
            $"SELECT {string.Join(", ", Transform.Features.Select(FeatureSql.Value))} FROM (FROM instances WHERE file_row_number >= $1 AND file_row_number < $2)");
        var failures = new List<(long, DuckDbException)>();
        Search(0, connection.Rows("SELECT count(*) FROM instances", cancellationToken)[0].Long(0));
        return failures;

        // Halves until a row is alone with its error: few queries where few rows fail.
        void Search(long from, long to)
        {
            try
            {
                statement.Bind(1, from).Bind(2, to).Query(cancellationToken).Dispose();
            }
            catch (DuckDbException e) when (!e.OutOfMemory && !e.DiskFull)
            {
                if (to - from <= 1) failures.Add((from, e));
                else
                {
                    var middle = from + ((to - from) / 2);
                    Search(from, middle);
                    Search(middle, to);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        while (_pool.TryTake(out var session)) session.Dispose();
    }

    private string Slice(string name, HashSet<string> present)
    {
        if (present.Contains(name)) return $"coalesce(CAST({Sql.Name(name)} AS VARCHAR), '')";
        var feature = Transform.Features.FirstOrDefault(f => f.Name == name)
            ?? throw new ArgumentException($"Slice '{name}' is neither a column nor a feature. {NearestName.Advice(name, present)}", nameof(name));
        return $"coalesce(CAST({FeatureSql.Value(feature)} AS VARCHAR), '')";
    }
}
