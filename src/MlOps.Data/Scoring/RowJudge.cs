using System.Globalization;
using System.Text;
using MlOps.Core.Models;
using MlOps.Core.Specification;
using MlOps.Data.Features;
using MlOps.Data.Native;

namespace MlOps.Data.Scoring;

/// <summary>A value because of which its row is not scored.</summary>
/// <param name="Place">The row's number in the relation.</param>
/// <param name="Column">Index of the model's column.</param>
/// <param name="Field">Its name.</param>
/// <param name="Value">The value; <see langword="null"/>: it is missing.</param>
/// <param name="Reason">The rule, in the words of a prediction request's refusal.</param>
internal sealed record RefusedValue(long Place, int Column, string Field, string? Value, string Reason);

/// <summary>Judges typed rows column by column, by the rules that prediction requests are judged by.</summary>
internal sealed class RowJudge
{
    private readonly IReadOnlyList<ColumnSpec> _columns;
    private readonly InputRules[] _rules;

    public RowJudge(IReadOnlyList<ColumnSpec> columns, InputProfile? profile)
    {
        profile ??= new();
        // What is answered with a warning is answered: only what is refused matters here.
        var policy = profile.Policy;
        profile = profile with { Policy = new() { Rules = Only(policy.Rules), Range = Only(policy.Range), UnknownCategory = Only(policy.UnknownCategory), Extra = InputAction.Ignore } };
        (_columns, _rules) = (columns, [.. columns.Select(c => new InputRules(c, profile))]);

        static InputAction Only(InputAction action) => action is InputAction.Reject ? action : InputAction.Ignore;
    }

    /// <summary>What a value of another type is told.</summary>
    public static string ExpectationOf(ColumnSpec column) => RawColumn.Of(column).Expectation;

    /// <summary>Judges rows.</summary>
    /// <param name="rows">Their numbers, then the model's columns in their types.</param>
    /// <param name="unconverted">Values that are not of their column's type; they are missing in the rows.</param>
    /// <returns>What is refused, these included, row by row and within a row in the order of the columns.</returns>
    public List<RefusedValue> Judge(DuckDbResult rows, List<RefusedValue> unconverted)
    {
        var known = unconverted.Select(u => (u.Place, u.Column)).ToHashSet();
        var refused = new List<RefusedValue>(unconverted);
        while (rows.NextChunk())
        {
            var places = rows.Column(0).Span<long>();
            for (var column = 0; column < _columns.Count; column++) Judge(rows.Column(column + 1), column, places, known, refused);
        }

        return [.. refused.OrderBy(r => r.Place).ThenBy(r => r.Column)];
    }

    private void Judge(DuckDbVector values, int column, ReadOnlySpan<long> places, HashSet<(long, int)> known, List<RefusedValue> refused)
    {
        var spec = _columns[column];
        var isNumber = spec.Type is ColumnType.Int or ColumnType.Double;
        for (var row = 0; row < places.Length; row++)
        {
            if (!values.IsValid(row))
            {
                if (spec.Required && !known.Contains((places[row], column))) Refuse(places[row], null, ColumnValue.RequiredRule);
            }
            else if (isNumber)
            {
                var number = spec.Type is ColumnType.Int ? values.Span<long>()[row] : values.Span<double>()[row];
                if (_rules[column].Judge(number) is { } finding) Refuse(places[row], number.ToString(CultureInfo.InvariantCulture), finding.Rule);
            }
            else if (spec.Type is ColumnType.String)
            {
                var text = values.Utf8(row);
                if (ColumnValue.TooLong(text) is { } rule) Refuse(places[row], Encoding.UTF8.GetString(text[..RefusedRows.KeptCharacters]), rule);
                else if (_rules[column].Judge(text) is { } finding) Refuse(places[row], Encoding.UTF8.GetString(text), finding.Rule);
            }
        }

        void Refuse(long place, string? value, string rule) => refused.Add(new(place, column, spec.Name, value, rule));
    }
}
