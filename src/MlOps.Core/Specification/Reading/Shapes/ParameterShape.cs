using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;
using MlOps.Core.Text;
using MlOps.Core.Training;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>The values that a search may give to a trainer's parameter, as a <see cref="ParameterRange"/>.</summary>
/// <param name="Of">The parameter.</param>
internal sealed partial record ParameterShape(TrainerParameter Of) : ValueShape
{
    protected override string Expected => Of.Kind switch
    {
        TrainerParameterKind.Word => $"one of {string.Join(", ", Of.Words)}, or a list of them",
        TrainerParameterKind.Free => "a number or word, a range such as 4..8 or log(0.01..0.3), or a list",
        TrainerParameterKind.Whole => $"a whole number{Bounds}, a range such as 4..8, or a list",
        _ => $"a number{Bounds}, a range such as 0.5..1.0 or log(0.01..0.3), or a list",
    };

    private string Bounds => (Of.Min, Of.Max) switch
    {
        (<= double.MinValue, _) => "",
        (_, >= double.MaxValue) => FormattableString.Invariant($", at least {Of.Min}"),
        _ => FormattableString.Invariant($" from {Of.Min} to {Of.Max}"),
    };

    public override object? Read(YamlNode node, string path, ProblemList problems) => node switch
    {
        YamlList { Items.Count: 0 } => Report(node, path, problems, "is an empty list", "Give it at least one value."),
        YamlList list => ReadChoice(list, path, problems),
        YamlText { IsNull: false } text => ReadRange(text, path, problems),
        _ => Refuse(node, path, problems),
    };

    public override JsonObject Schema()
    {
        if (Of.Kind is TrainerParameterKind.Word)
            return OneOrList(new JsonObject { ["enum"] = new JsonArray([.. Of.Words.Select(w => JsonValue.Create(w))]) });
        if (Of.Kind is TrainerParameterKind.Free) return OneOrList(new JsonObject { ["type"] = new JsonArray("number", "string", "boolean") });
        var number = new JsonObject { ["type"] = Of.Kind is TrainerParameterKind.Whole ? "integer" : "number" };
        if (Of.Min > double.MinValue) number["minimum"] = Of.Min;
        if (Of.Max < double.MaxValue) number["maximum"] = Of.Max;
        var schema = OneOrList(number);
        schema["anyOf"]!.AsArray().Add((JsonNode)new JsonObject
        {
            ["type"] = "string",
            ["pattern"] = @"^(log\()?[+-]?[0-9.]+([eE][+-]?[0-9]+)?\.\.[+-]?[0-9.]+([eE][+-]?[0-9]+)?\)?$",
        });
        return schema;
    }

    private static JsonObject OneOrList(JsonObject one) => new()
    {
        ["anyOf"] = new JsonArray(one, new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = one.DeepClone() }),
    };

    private Choice? ReadChoice(YamlList list, string path, ProblemList problems)
    {
        var values = new List<string>();
        var sound = true;
        foreach (var item in list.Items)
        {
            if (item is YamlText { IsNull: false } text && CheckValue(text, path, problems) is { } value)
            {
                if (values.Contains(value, StringComparer.Ordinal)) Report(item, path, problems, $"has {item.Kind} twice", "Keep one of the two.");
                else values.Add(value);
                continue;
            }
            if (item is not YamlText { IsNull: false }) Refuse(item, path, problems);
            sound = false;
        }
        return sound ? new Choice(values) : null;
    }

    private object? ReadRange(YamlText text, string path, ProblemList problems)
    {
        var match = Range().Match(text.Value);
        if (!match.Success || Of.Kind is TrainerParameterKind.Word)
            return CheckValue(text, path, problems) is { } value ? new FixedValue(value) : null;

        var (from, to) = (match.Groups["min"].Value, match.Groups["max"].Value);
        var log = match.Groups["log"].Success;
        if (log != match.Groups["close"].Success) return Report(text, path, problems, $"is {text.Kind}, which lacks a bracket", "Write log(0.01..0.3), or 0.5..1.0 without a bracket.");
        var (min, max) = (double.Parse(from, CultureInfo.InvariantCulture), double.Parse(to, CultureInfo.InvariantCulture));
        if (min > max) return Report(text, path, problems, $"is {text.Kind}, whose first number is the larger one", $"Write {to}..{from}.");
        if (log && min <= 0) return Report(text, path, problems, $"is {text.Kind}: a logarithm needs numbers above 0", "Begin the range above 0.");
        if (min < Of.Min || max > Of.Max) return Refuse(text, path, problems, "Narrow the range.");
        var whole = long.TryParse(from, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var least) & long.TryParse(to, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var most);
        if (whole && !log) return new IntRange(least, most);
        if (Of.Kind is TrainerParameterKind.Whole)
            return Report(text, path, problems, $"is {text.Kind}, a range of real numbers; it is a whole number", "Write a range such as 4..8, or a list such as [50, 100, 200].");
        return new DoubleRange(min, max, log);
    }

    private string? CheckValue(YamlText text, string path, ProblemList problems)
    {
        if (Of.Kind is TrainerParameterKind.Word)
        {
            if (Of.Words.Contains(text.Value, StringComparer.Ordinal)) return text.Value;
            problems.Add(text.Position, $"{text.Kind} is no value of '{path}': expected {Expected}.", NearestName.Advice(text.Value, Of.Words));
            return null;
        }
        if (Of.Kind is TrainerParameterKind.Free) return text.Value;
        var sound = Number().IsMatch(text.Value)
            && double.Parse(text.Value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) && number >= Of.Min && number <= Of.Max
            && (Of.Kind is TrainerParameterKind.Number || long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        if (sound) return text.Value;
        Refuse(text, path, problems);
        return null;
    }

    private static object? Report(YamlNode node, string path, ProblemList problems, string problem, string remedy)
    {
        problems.Add(node.Position, $"'{path}' {problem}.", remedy);
        return null;
    }

    [GeneratedRegex(@"^(?<log>log\(\s*)?(?<min>[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*\.\.\s*(?<max>[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)\s*(?<close>\))?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Range();

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
