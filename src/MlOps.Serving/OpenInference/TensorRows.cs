using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Data.Features;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.OpenInference;

/// <summary>Rows as tensors: one a column, or one matrix with all columns in the model's order.</summary>
internal sealed class TensorRows : RequestRows
{
    private readonly IReadOnlyList<InferTensor> tensors;

    public TensorRows(IReadOnlyList<InferTensor> tensors, DateTimeOffset? eventTime = null) => (this.tensors, EventTime) = (tensors, eventTime);

    private protected override RawRows ReadRows(RawRowsReader reader, int maxRows, string? passedBy)
    {
        var rows = tensors[0].Rows;
        if (tensors.FirstOrDefault(t => t.Rows != rows) is { } other)
            throw PredictionException.Invalid($"input '{tensors[0].Name}' has {rows} rows, input '{other.Name}' has {other.Rows}: every input needs the same number.");
        if (rows > maxRows) throw PredictionException.Invalid($"{rows} rows were sent, at most {maxRows} are answered at once. Send them in several requests, or use a batch.");
        return MatrixFor(reader.ColumnNames) is { } matrix ? ReadMatrix(reader, matrix) : ReadColumns(reader, passedBy);
    }

    public override string? KeyOf(string column) => tensors.FirstOrDefault(t => t.Name == column)?.Values.TextOf(0);

    private protected override IReadOnlyList<JsonElement> Parse()
    {
        var rows = new List<JsonElement>(tensors[0].Rows);
        for (var row = 0; row < tensors[0].Rows; row++)
        {
            var instance = new JsonObject();
            foreach (var tensor in tensors)
            {
                if (tensor.Width is 1) instance[tensor.Name] = tensor.Values.JsonOf(row);
                else instance[tensor.Name] = new JsonArray([.. Enumerable.Range(row * tensor.Width, tensor.Width).Select(tensor.Values.JsonOf)]);
            }

            rows.Add(JsonSerializer.SerializeToElement(instance));
        }

        return rows;
    }

    /// <summary>One tensor that is no column, as wide as there are columns, stands for all of them.</summary>
    private InferTensor? MatrixFor(IReadOnlyList<string> columns) =>
        tensors is [var only] && !columns.Contains(only.Name, StringComparer.Ordinal) && only.Width == columns.Count ? only : null;

    private static RawRows ReadMatrix(RawRowsReader reader, InferTensor matrix)
    {
        var places = reader.ColumnNames.Select((name, place) => (name, place)).ToDictionary(StringComparer.Ordinal);
        return reader.Read(matrix.Rows, name =>
        {
            var place = places[name];
            return (column, row, rules) => matrix.Values.Take(column, (row * matrix.Width) + place, rules);
        });
    }

    private RawRows ReadColumns(RawRowsReader reader, string? passedBy)
    {
        var byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var warnings = new List<InstanceError>();
        foreach (var extra in byName.Keys.Except(reader.ColumnNames, StringComparer.Ordinal).Where(n => n != passedBy))
        {
            if (reader.JudgeExtra(extra) is { } warning) warnings.Add(warning);
        }

        if (byName.Values.FirstOrDefault(t => t.Width is not 1) is { } wide)
            throw PredictionException.Invalid($"input '{wide.Name}' has {wide.Width} values a row; a column has one. A matrix of all columns has {reader.ColumnNames.Count}: {string.Join(", ", reader.ColumnNames)}.");
        var rows = reader.Read(tensors[0].Rows, name => byName.TryGetValue(name, out var tensor) ? tensor.Values.Take : null);
        rows.AddWarnings(warnings);
        return rows;
    }
}
