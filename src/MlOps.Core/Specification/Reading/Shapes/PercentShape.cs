using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading.Shapes;

/// <summary>A share in whole percent, such as <c>10%</c>, as an <see cref="int"/>.</summary>
internal sealed partial record PercentShape(int Min, int Max) : ValueShape
{
    protected override string Expected => $"a share in whole percent from {Min}% to {Max}%";

    public override object? Read(YamlNode node, string path, ProblemList problems)
    {
        if (node is not YamlText { IsNull: false } text) return Refuse(node, path, problems);
        if (double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) return Refuse(node, path, problems, $"Add the unit: {text.Value}%.");
        return Percent().IsMatch(text.Value) && int.Parse(text.Value[..^1], CultureInfo.InvariantCulture) is var percent && percent >= Min && percent <= Max
            ? percent
            : Refuse(node, path, problems);
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = "^[0-9]{1,3}%$" };

    [GeneratedRegex(@"^[0-9]{1,3}%\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Percent();
}
