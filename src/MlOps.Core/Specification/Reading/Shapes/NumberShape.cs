using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A number: <see cref="long"/> when whole, else <see cref="double"/>.</summary>
internal sealed partial record NumberShape : ValueShape
{
    public bool Whole { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    /// <summary>Whether the bounds themselves are outside.</summary>
    public bool Exclusive { get; init; }

    protected override string Expected
    {
        get
        {
            var kind = Whole ? "a whole number" : "a number";
            return (Min, Max) switch
            {
                ({ } min, { } max) when Exclusive => Invariant($"{kind} between {min} and {max}, both excluded"),
                ({ } min, { } max) => Invariant($"{kind} from {min} to {max}"),
                ({ } min, null) => Exclusive ? Invariant($"{kind} above {min}") : Invariant($"{kind}, at least {min}"),
                (null, { } max) => Invariant($"{kind}, at most {max}"),
                _ => kind,
            };
        }
    }

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is YamlText { Quoted: true } quoted && Number().IsMatch(quoted.Value)) return Refuse(node, path, problems, "Remove the quotes.");
        if (node is not YamlText { Quoted: false, IsNull: false } text || !Number().IsMatch(text.Value)) return Refuse(node, path, problems);
        var value = double.Parse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value) || !InRange(value)) return Refuse(node, path, problems);
        if (!Whole) return value;
        return long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : Refuse(node, path, problems);
    }

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = Whole ? "integer" : "number" };
        if (Min is { } min) schema[Exclusive ? "exclusiveMinimum" : "minimum"] = min;
        if (Max is { } max) schema[Exclusive ? "exclusiveMaximum" : "maximum"] = max;
        return schema;
    }

    private bool InRange(double value) => Exclusive
        ? !(value <= Min) && !(value >= Max)
        : !(value < Min) && !(value > Max);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
