using System.Buffers;
using System.Text;
using System.Text.Json;
using MlOps.Core.Features;
using MlOps.Core.Models;
using MlOps.Core.Text;

namespace MlOps.Data.Features;

/// <summary>
/// Takes the raw rows of prediction requests out of JSON, straight into columns, and judges each value: by its declared type, by what its
/// column declares, and by what training has seen. Thread-safe.
/// </summary>
/// <remarks>A column that is absent or null is missing, unless it is required.</remarks>
public sealed class RawRowsReader
{
    private readonly FeatureTransform _transform;
    private readonly InputPolicy _policy;
    private readonly string[] _columnNames;
    private readonly Dictionary<string, int> _places;
    private readonly byte[][] _names;
    private readonly InputRules[] _rules;

    /// <summary>Prepares the reading.</summary>
    /// <param name="transform">The model's transform.</param>
    /// <param name="profile">What training has seen; <see langword="null"/>: nothing is known of that.</param>
    public RawRowsReader(FeatureTransform transform, InputProfile? profile = null)
    {
        profile ??= new();
        (_transform, _policy) = (transform, profile.Policy);
        _columnNames = [.. transform.Columns.Select(c => c.Name)];
        _places = _columnNames.Select((name, place) => (name, place)).ToDictionary(StringComparer.Ordinal);
        _names = [.. _columnNames.Select(Encoding.UTF8.GetBytes)];
        _rules = [.. transform.Columns.Select(c => new InputRules(c, profile))];
    }

    /// <summary>Names of the columns, in the order of the transform.</summary>
    public IReadOnlyList<string> ColumnNames => _columnNames;

    /// <summary>A column's place in the transform; <see langword="null"/> when the model has no such column.</summary>
    public int? PlaceOf(string column) => _places.TryGetValue(column, out var place) ? place : null;

    /// <summary>Judges a column that the model has not.</summary>
    /// <returns>A warning, or <see langword="null"/> when nothing is to be said.</returns>
    /// <exception cref="InvalidInstancesException">It is refused.</exception>
    public InstanceError? JudgeExtra(string name)
    {
        var finding = new InstanceError(0, InstanceError.Shorten(name), null, ExtraRule(name));
        return _policy.Extra switch
        {
            InputAction.Reject => throw new InvalidInstancesException([finding]),
            InputAction.Warn => finding,
            _ => null,
        };
    }

    /// <summary>Reads rows that have been parsed.</summary>
    /// <exception cref="InvalidInstancesException">A row cannot be used.</exception>
    public RawRows Read(IReadOnlyList<JsonElement> instances)
    {
        var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(instances));
        reader.Read();
        return Read(ref reader, int.MaxValue);
    }

    /// <summary>Reads an array of rows.</summary>
    /// <param name="reader">At the array's beginning; afterwards at its end.</param>
    /// <param name="maxRows">Most rows that are taken.</param>
    /// <param name="passedBy">A field that rows may have though it is no column: it decides on their way, not on their answer.</param>
    /// <exception cref="InvalidInstancesException">A row cannot be used, or there are too many.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public RawRows Read(ref Utf8JsonReader reader, int maxRows, string? passedBy = null)
    {
        var reading = new Reading(this, passedBy);
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            if (reading.Rows.Rows == maxRows) throw TooMany(ref reader, maxRows);
            if (reader.TokenType is JsonTokenType.StartObject) reading.TakeRow(ref reader);
            else reading.RefuseRow(ref reader);
        }

        return reading.Finish();
    }

    /// <summary>Reads rows of which the columns come one after the other: tensors.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="takers">For each column what takes a row's value, or <see langword="null"/> when the request has no such column.</param>
    /// <exception cref="InvalidInstancesException">A row cannot be used.</exception>
    public RawRows Read(int rows, ColumnTaker?[] takers)
    {
        var reading = new Reading(this, passedBy: null);
        for (var row = 0; row < rows && !reading.IsHopeless; row++) reading.TakeRow(takers, row);
        return reading.Finish();
    }

    private string ExtraRule(string name) => $"the model has no such column. {NearestName.Advice(InstanceError.Shorten(name), _columnNames)}";

    private static InvalidInstancesException TooMany(ref Utf8JsonReader reader, int maxRows)
    {
        var count = maxRows;
        do
        {
            count++;
            reader.Skip();
        }
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray);
        return new([new(maxRows, "", null, $"{count} rows were sent, at most {maxRows} are answered at once. Send them in several requests, or use a batch.")]);
    }

    /// <summary>One reading of one request.</summary>
    private sealed class Reading(RawRowsReader owner, string? passedBy)
    {
        private const int MaxFindings = 20;
        private readonly bool[] _seen = new bool[owner._names.Length];
        private List<InstanceError>? _errors;
        private List<InstanceError>? _warnings;

        public RawRows Rows { get; } = new(owner._transform.Columns);

        public bool IsHopeless => _errors?.Count >= MaxFindings;

        public RawRows Finish()
        {
            if (_errors is not null) throw new InvalidInstancesException(_errors);
            if (_warnings is not null) Rows.AddWarnings(_warnings);
            return Rows;
        }

        public void TakeRow(ref Utf8JsonReader reader)
        {
            _seen.AsSpan().Clear();
            var expected = 0;
            while (reader.Read() && reader.TokenType is not JsonTokenType.EndObject)
            {
                var place = PlaceOf(ref reader, expected);
                if (place < 0)
                {
                    PassBy(ref reader);
                    continue;
                }

                expected = place + 1;
                reader.Read();
                TakeValue(ref reader, place);
            }

            for (var place = 0; place < _seen.Length; place++)
            {
                if (!_seen[place]) TakeMissing(place);
            }

            EndRow();
        }

        public void TakeRow(ColumnTaker?[] takers, int row)
        {
            for (var place = 0; place < takers.Length; place++)
            {
                var column = Rows.Columns[place];
                if (takers[place] is not { } taker)
                {
                    TakeMissing(place);
                    continue;
                }

                switch (taker(column, row, owner._rules[place]))
                {
                    case { IsMissing: true }:
                        TakeMissing(place);
                        break;
                    case { Finding: { } finding } taken:
                        Note(finding, column.Spec.Name, taken.Value);
                        break;
                }
            }

            EndRow();
        }

        public void RefuseRow(ref Utf8JsonReader reader)
        {
            Note((InputAction.Reject, "an object with the columns as fields is expected."), "", Shown(ref reader));
            EndRow();
        }

        private void EndRow()
        {
            if (IsHopeless) throw new InvalidInstancesException(_errors!);
            Rows.EndRow();
        }

        private int PlaceOf(ref Utf8JsonReader reader, int expected)
        {
            var names = owner._names;
            // Rows nearly always have their fields in the same order.
            if (expected < names.Length && reader.ValueTextEquals(names[expected])) return expected;
            for (var place = 0; place < names.Length; place++)
            {
                if (reader.ValueTextEquals(names[place])) return place;
            }

            return -1;
        }

        private void PassBy(ref Utf8JsonReader reader)
        {
            if (passedBy is null || !reader.ValueTextEquals(passedBy))
            {
                var name = InstanceError.Shorten(Encoding.UTF8.GetString(reader.ValueSpan));
                Note((owner._policy.Extra, owner.ExtraRule(name)), name, null);
            }

            reader.Read();
            reader.Skip();
        }

        private void TakeValue(ref Utf8JsonReader reader, int place)
        {
            var column = Rows.Columns[place];
            if (_seen[place])
            {
                Note((InputAction.Reject, "the field is given twice."), column.Spec.Name, Shown(ref reader));
                return;
            }

            // Null is the same as absent, which is judged when all fields have been seen.
            if (reader.TokenType is JsonTokenType.Null) return;
            _seen[place] = true;
            if (TryTake(ref reader, column, owner._rules[place]) is { } finding) Note(finding, column.Spec.Name, Shown(ref reader));
        }

        private static (InputAction, string)? TryTake(ref Utf8JsonReader reader, RawColumn column, InputRules rules)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Number when reader.TryGetInt64(out var whole):
                    return ColumnValue.Take(column, rules, whole);
                case JsonTokenType.Number when reader.TryGetDouble(out var real):
                    return ColumnValue.Take(column, rules, real);
                case JsonTokenType.True or JsonTokenType.False:
                    return ColumnValue.Take(column, reader.GetBoolean());
                case JsonTokenType.String when !reader.ValueIsEscaped:
                    return ColumnValue.Take(column, rules, reader.ValueSpan);
                case JsonTokenType.String:
                    return TakeEscaped(ref reader, column, rules);
                default:
                    return (InputAction.Reject, column.Expectation);
            }
        }

        private static (InputAction, string)? TakeEscaped(ref Utf8JsonReader reader, RawColumn column, InputRules rules)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
            try
            {
                return ColumnValue.Take(column, rules, buffer.AsSpan(0, reader.CopyString(buffer)));
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair, written as an escape.
                return (InputAction.Reject, "a text in valid Unicode is expected.");
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private void TakeMissing(int place)
        {
            var column = Rows.Columns[place];
            if (column.Spec.Required) Note((InputAction.Reject, ColumnValue.RequiredRule), column.Spec.Name, null);
            column.TakeMissing();
        }

        private void Note((InputAction Action, string Rule) finding, string field, string? value)
        {
            ref var list = ref finding.Action is InputAction.Reject ? ref _errors : ref _warnings;
            if (finding.Action is InputAction.Ignore || list?.Count >= MaxFindings) return;
            (list ??= []).Add(new(Rows.Rows, field, value, finding.Rule));
        }

        /// <summary>A value as the caller wrote it, cut; the reader is at its end afterwards.</summary>
        private static string Shown(ref Utf8JsonReader reader)
        {
            var text = reader.TokenType switch
            {
                JsonTokenType.StartObject => "{…}",
                JsonTokenType.StartArray => "[…]",
                JsonTokenType.String => $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"",
                _ => Encoding.UTF8.GetString(reader.ValueSpan),
            };
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
            return InstanceError.Shorten(text);
        }
    }
}
