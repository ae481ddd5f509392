using System.Runtime.InteropServices;

namespace MlOps.Inference.Evaluation;

/// <summary>Predictions, labels and slice values of all rows so far.</summary>
internal sealed class ScoredRows(int width)
{
    private readonly List<float> _predictions = [];
    private readonly List<float> _labels = [];
    private readonly List<SliceValues> _slices = [];

    public ReadOnlySpan<float> Predictions => CollectionsMarshal.AsSpan(_predictions);

    public ReadOnlySpan<float> Labels => CollectionsMarshal.AsSpan(_labels);

    public int Width => width;

    public IReadOnlyList<SliceValues> Slices => _slices;

    /// <summary>Scores a batch and keeps what came of it.</summary>
    /// <exception cref="ArgumentException">The batch does not fit the model, or not the batches before.</exception>
    public void Add(OnnxModel model, EvaluationBatch batch)
    {
        var rows = batch.Features.Rows;
        if (batch.Labels.Length != rows) throw new ArgumentException($"A batch of {rows} rows has {batch.Labels.Length} labels.", nameof(batch));
        if (_labels.Count == 0) _slices.AddRange(batch.Slices.Select(s => new SliceValues(s.Name)));
        if (!batch.Slices.Select(s => s.Name).SequenceEqual(_slices.Select(s => s.Name), StringComparer.Ordinal) || batch.Slices.Any(s => s.Length != rows))
            throw new ArgumentException("Every batch needs the same slices as the first one, with a value a row.", nameof(batch));

        var start = _predictions.Count;
        CollectionsMarshal.SetCount(_predictions, start + rows * width);
        model.Score(batch.Features, CollectionsMarshal.AsSpan(_predictions)[start..]);
        _labels.AddRange(batch.Labels.Span);
        for (var s = 0; s < _slices.Count; s++) _slices[s].Add(batch.Slices[s].Values.Span);
    }
}

/// <summary>The values of one slice column, each text once.</summary>
internal sealed class SliceValues(string name)
{
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<int> _ofRow = [];

    public string Name => name;

    /// <summary>The distinct values, in order of appearance.</summary>
    public IReadOnlyList<string> Values => [.. _codes.Keys];

    /// <summary>For each row the index of its value.</summary>
    public ReadOnlySpan<int> OfRow => CollectionsMarshal.AsSpan(_ofRow);

    public void Add(ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            if (!_codes.TryGetValue(value, out var code)) _codes.Add(value, code = _codes.Count);
            _ofRow.Add(code);
        }
    }
}
