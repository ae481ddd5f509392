using System.Globalization;
using System.Runtime.InteropServices;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Native;

namespace MlOps.Monitoring.Windows;

/// <summary>Answered rows by column, in the order of time.</summary>
internal sealed class AnsweredRows(int width, int columns)
{
    private readonly List<float> _scores = [];
    private readonly List<string> _labels = [];
    private readonly List<long> _times = [];
    private readonly List<string>[] _values = [.. Enumerable.Range(0, columns).Select(_ => new List<string>())];

    /// <summary>Number of rows.</summary>
    public int Count => _labels.Count;

    /// <summary>Numbers of one answer.</summary>
    public int Width => width;

    /// <summary>Shape [rows, width].</summary>
    public ReadOnlySpan<float> Scores => CollectionsMarshal.AsSpan(_scores);

    /// <summary>Event time of a row.</summary>
    public DateTimeOffset TimeOf(int row) => DateTimeOffset.UnixEpoch.AddMicroseconds(_times[row]);

    /// <summary>The values of a column that was asked for.</summary>
    public IReadOnlyList<string> Values(int column) => _values[column];

    /// <summary>Labels as metrics take them, for the rows that have one that the model knows.</summary>
    /// <param name="signature">Of the model.</param>
    /// <param name="rows">Positions of the rows to look at; <see langword="null"/>: all.</param>
    public (float[] Scores, float[] Labels, int[] Rows) Labelled(ModelSignature signature, IReadOnlyList<int>? rows = null)
    {
        var (kept, known, positions) = (new List<float>(), new List<float>(), new List<int>());
        foreach (var row in rows ?? [.. Enumerable.Range(0, Count)])
        {
            if (LabelOf(signature, _labels[row]) is not { } label || !IsUsable(row)) continue;
            known.Add(label);
            positions.Add(row);
            for (var i = 0; i < width; i++) kept.Add(_scores[(row * width) + i]);
        }
        return ([.. kept], [.. known], [.. positions]);
    }

    /// <summary>Takes the rows of a chunk.</summary>
    public void Add(DuckDbResult result, TextPool pool)
    {
        var start = Count;
        for (var row = 0; row < result.Count; row++) _times.Add(0);
        result.Column(0).CopyLongs(CollectionsMarshal.AsSpan(_times)[start..]);
        var texts = new string[result.Count];
        result.Column(1).CopyTexts(texts, pool);
        _labels.AddRange(texts);
        CollectionsMarshal.SetCount(_scores, (start + result.Count) * width);
        var column = new float[result.Count];
        for (var i = 0; i < width; i++)
        {
            result.Column(2 + i).CopyFloats(column);
            for (var row = 0; row < result.Count; row++) _scores[((start + row) * width) + i] = column[row];
        }
        for (var c = 0; c < _values.Length; c++)
        {
            result.Column(2 + width + c).CopyTexts(texts, pool);
            _values[c].AddRange(texts);
        }
    }

    private bool IsUsable(int row)
    {
        for (var i = 0; i < width; i++)
        {
            if (!float.IsFinite(_scores[(row * width) + i])) return false;
        }
        return true;
    }

    private static float? LabelOf(ModelSignature signature, string label) => signature.Task switch
    {
        LearningTask.Binary => label switch { "1" => 1, "0" => 0, _ => null },
        // A class that this version does not know says nothing about it.
        LearningTask.Multiclass => signature.Classes.ToList().IndexOf(label) is >= 0 and var index ? index : null,
        _ => float.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number) ? number : null,
    };
}
