using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Text;
using MlOps.Data.Native;
using MlOps.Data.Sandbox;

namespace MlOps.Data.Features;

/// <summary>A locked database with one planned query: rows of a request in, model inputs out. One request at a time.</summary>
internal sealed class ComputeSession : IDisposable
{
    private const int MaxErrors = 20;

    // A relation needs a column, even where no expression reads one.
    private readonly InputColumn<byte> _placeholder = new("__row", DuckDbType.Boolean);
    private readonly DuckDbConnection _connection;
    private readonly DuckDbStatement _statement;
    private readonly RowSource _source;
    private readonly List<InstanceColumn> _columns;
    private readonly Dictionary<string, int> _places;
    private readonly IReadOnlyList<(string Name, bool IsText)> _outputs;

    /// <summary>Opens the database and plans the query.</summary>
    /// <exception cref="ExpressionException">An expression cannot be used.</exception>
    public ComputeSession(FeatureTransform transform, DuckDbOptions options)
    {
        _connection = DuckDbConnection.Open(options with { Threads = 1 });
        _columns = [.. transform.Columns.Select(InstanceColumn.For)];
        _places = _columns.Select((c, i) => (c.Spec.Name, i)).ToDictionary(c => c.Name, c => c.i, StringComparer.Ordinal);
        _outputs = [.. transform.Features.Select(f => (f.Name, f.Kind is FeatureKind.Category))];
        _source = RowSource.Register(_connection, "instances", [_placeholder, .. _columns.Select(c => c.Target)]);
        _connection.Lock([]);
        TransformGuard.Check(_connection, transform);
        _statement = _connection.Prepare($"SELECT {string.Join(", ", transform.Features.Select(FeatureSql.Value))} FROM instances()");
    }

    /// <summary>Computes the inputs of a request's rows.</summary>
    /// <exception cref="InvalidInstancesException">A row cannot be used.</exception>
    public FeatureBatch Compute(IReadOnlyList<JsonElement> instances, CancellationToken cancellationToken)
    {
        _placeholder.Clear();
        foreach (var column in _columns) column.Target.Clear();
        var errors = new List<InstanceError>();
        Span<bool> seen = stackalloc bool[_columns.Count];
        for (var row = 0; row < instances.Count && errors.Count < MaxErrors; row++)
        {
            seen.Clear();
            _placeholder.AddMissing();
            Take(instances[row], row, seen, errors);
        }
        if (errors.Count > 0) throw new InvalidInstancesException(errors);
        _source.Rows = instances.Count;
        using var result = _statement.Query(cancellationToken);
        return new ColumnReader(result, _outputs).Read(instances.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _statement.Dispose();
        _connection.Dispose();
    }

    private void Take(JsonElement instance, int row, Span<bool> seen, List<InstanceError> errors)
    {
        if (instance.ValueKind is not JsonValueKind.Object)
        {
            errors.Add(new(row, "", Shorten(instance), "an object with the columns as fields is expected."));
            return;
        }
        foreach (var field in instance.EnumerateObject())
        {
            if (!_places.TryGetValue(field.Name, out var place))
                errors.Add(new(row, field.Name, null, $"the model has no such column. {NearestName.Advice(field.Name, _places.Keys)}"));
            else if (seen[place])
                errors.Add(new(row, field.Name, Shorten(field.Value), "the field is given twice."));
            else
                TakeValue(_columns[place], field.Value, row, ref seen[place], errors);
        }
        for (var place = 0; place < seen.Length; place++)
        {
            if (seen[place]) continue;
            var spec = _columns[place].Spec;
            if (spec.Required) errors.Add(new(row, spec.Name, null, "the field is required."));
            _columns[place].Target.AddMissing();
        }
    }

    private static void TakeValue(InstanceColumn column, JsonElement value, int row, ref bool seen, List<InstanceError> errors)
    {
        // Null is the same as absent, which is judged when all fields have been seen.
        if (value.ValueKind is JsonValueKind.Null) return;
        seen = true;
        if (!column.TryAdd(value)) errors.Add(new(row, column.Spec.Name, Shorten(value), column.Expectation));
    }

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 80 } text ? text[..80] + "…" : value.GetRawText();
}
