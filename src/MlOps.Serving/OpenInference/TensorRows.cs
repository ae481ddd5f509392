using System.Buffers;
using System.Text.Json;
using MlOps.Data.Features;
using MlOps.Serving.Prediction;

namespace MlOps.Serving.OpenInference;

/// <summary>Rows as tensors: one a column, or one matrix with all columns in the model's order.</summary>
internal sealed class TensorRows : RequestRows
{
    private readonly IReadOnlyList<InferTensor> _tensors;

    public TensorRows(IReadOnlyList<InferTensor> tensors, DateTimeOffset? eventTime = null) => (_tensors, EventTime) = (tensors, eventTime);

    private protected override RawRows ReadRows(RawRowsReader reader, int maxRows, string? passedBy)
    {
        var rows = _tensors[0].Rows;
        if (_tensors.FirstOrDefault(t => t.Rows != rows) is { } other)
            throw PredictionException.Invalid($"input '{_tensors[0].Name}' has {rows} rows, input '{other.Name}' has {other.Rows}: every input needs the same number.");
        if (rows > maxRows) throw PredictionException.Invalid($"{rows} rows were sent, at most {maxRows} are answered at once. Send them in several requests, or use a batch.");
        return MatrixFor(reader.ColumnNames) is { } matrix ? ReadMatrix(reader, matrix) : ReadColumns(reader, passedBy);
    }

    public override string? KeyOf(string column) => _tensors.FirstOrDefault(t => t.Name == column)?.Values.TextOf(0);

    private protected override IReadOnlyList<JsonElement> Parse()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            for (var row = 0; row < _tensors[0].Rows; row++) WriteRow(json, row);
            json.WriteEndArray();
        }

        using var rows = JsonDocument.Parse(text.WrittenMemory);
        return [.. rows.RootElement.Clone().EnumerateArray()];
    }

    private void WriteRow(Utf8JsonWriter json, int row)
    {
        json.WriteStartObject();
        foreach (var tensor in _tensors)
        {
            json.WritePropertyName(tensor.Name);
            if (tensor.Width is not 1) json.WriteStartArray();
            for (var place = row * tensor.Width; place < (row + 1) * tensor.Width; place++) tensor.Values.WriteTo(json, place);
            if (tensor.Width is not 1) json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>One tensor that is no column, as wide as there are columns, stands for all of them.</summary>
    private InferTensor? MatrixFor(IReadOnlyList<string> columns) =>
        _tensors is [var only] && !columns.Contains(only.Name, StringComparer.Ordinal) && only.Width == columns.Count ? only : null;

    private static RawRows ReadMatrix(RawRowsReader reader, InferTensor matrix)
    {
        var width = matrix.Width;
        return reader.Read(matrix.Rows, [.. Enumerable.Range(0, width).Select(ColumnTaker (place) => (column, row, rules) => matrix.Values.Take(column, (row * width) + place, rules))]);
    }

    private RawRows ReadColumns(RawRowsReader reader, string? passedBy)
    {
        var takers = new ColumnTaker?[reader.ColumnNames.Count];
        var warnings = new List<InstanceError>();
        foreach (var tensor in _tensors)
        {
            if (reader.PlaceOf(tensor.Name) is { } place) takers[place] = TakerOf(tensor, reader);
            else if (tensor.Name != passedBy && reader.JudgeExtra(tensor.Name) is { } warning) warnings.Add(warning);
        }

        var rows = reader.Read(_tensors[0].Rows, takers);
        rows.AddWarnings(warnings);
        return rows;
    }

    private static ColumnTaker TakerOf(InferTensor tensor, RawRowsReader reader) => tensor.Width is 1
        ? tensor.Values.Take
        : throw PredictionException.Invalid($"input '{tensor.Name}' has {tensor.Width} values a row; a column has one. A matrix of all columns has {reader.ColumnNames.Count}: {string.Join(", ", reader.ColumnNames)}.");
}
