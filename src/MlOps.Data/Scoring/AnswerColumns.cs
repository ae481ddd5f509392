using System.Globalization;
using MlOps.Core.Models;
using MlOps.Core.Scoring;
using MlOps.Core.Specification;
using MlOps.Data.Native;
using static MlOps.Data.Native.DuckDbLibrary;

namespace MlOps.Data.Scoring;

/// <summary>A model's output as columns: what the predict API answers, row by row.</summary>
internal sealed class AnswerColumns
{
    private readonly float[] _scores;
    private readonly int _width;
    private readonly ScoringFormat _format;

    public AnswerColumns(ModelSignature signature, float[] scores, ScoringFormat format)
    {
        (_scores, _width, _format) = (scores, signature.OutputWidth, format);
        Columns = signature.Task switch
        {
            LearningTask.Binary => [new Decision(scores), Number("probability", _ => 0)],
            LearningTask.Multiclass => Multiclass(signature),
            _ => [Number("prediction", _ => 0)],
        };
    }

    public IReadOnlyList<InputColumn> Columns { get; }

    private List<InputColumn> Multiclass(ModelSignature signature)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var label = new InputTextColumn("prediction");
        for (var row = 0; row < _scores.Length / _width; row++) label.Add(signature.Classes[Likeliest(row)]);
        List<InputColumn> columns = [label, Number("probability", Likeliest)];
        for (var i = 0; i < _width; i++)
        {
            var at = i;
            // Classes may differ in nothing but their case, columns may not.
            var name = $"probability_{signature.Classes[i]}";
            while (!names.Add(name)) name += "_";
            columns.Add(Number(name, _ => at));
        }

        return columns;
    }

    // Of equally likely ones the first.
    private int Likeliest(int row)
    {
        var scores = _scores.AsSpan(row * _width, _width);
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best]) best = i;
        }

        return best;
    }

    private InputColumn Number(string name, Func<int, int> at) => _format is ScoringFormat.Csv ? new Text(this, name, at) : new Real(this, name, at);

    /// <summary>A column that is computed as it is read.</summary>
    private abstract class Computed(string name, DuckDbType type) : InputColumn(name, type)
    {
        public override void AddMissing() => throw new NotSupportedException("Answers are not added, they are there.");

        public override void Clear() => throw new NotSupportedException("Answers are not added, they are there.");
    }

    private sealed class Real(AnswerColumns owner, string name, Func<int, int> at) : Computed(name, DuckDbType.Float)
    {
        public override unsafe void Write(nint vector, int into, int from, int count)
        {
            var target = new Span<float>(duckdb_vector_get_data(vector), into + count)[into..];
            for (var i = 0; i < count; i++) target[i] = owner._scores[((from + i) * owner._width) + at(from + i)];
        }
    }

    /// <summary>Numbers in the words of the predict API: the shortest text that reads back as the same float32.</summary>
    private sealed class Text(AnswerColumns owner, string name, Func<int, int> at) : Computed(name, DuckDbType.Varchar)
    {
        public override unsafe void Write(nint vector, int into, int from, int count)
        {
            Span<byte> room = stackalloc byte[32];
            for (var i = 0; i < count; i++)
            {
                owner._scores[((from + i) * owner._width) + at(from + i)].TryFormat(room, out var length, default, CultureInfo.InvariantCulture);
                fixed (byte* text = room) duckdb_vector_assign_string_element_len(vector, (ulong)(into + i), text, (ulong)length);
            }
        }
    }

    private sealed class Decision(float[] scores) : Computed("prediction", DuckDbType.Boolean)
    {
        public override unsafe void Write(nint vector, int into, int from, int count)
        {
            var target = new Span<byte>(duckdb_vector_get_data(vector), into + count)[into..];
            for (var i = 0; i < count; i++) target[i] = scores[from + i] >= 0.5f ? (byte)1 : (byte)0;
        }
    }
}
