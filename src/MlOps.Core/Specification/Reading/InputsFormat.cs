using MlOps.Core.Models;
using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>The keys of <c>release.inputs</c>.</summary>
internal static class InputsFormat
{
    private static readonly WordShape s_action = new(
        new("ignore", InputAction.Ignore, "It is answered as if nothing were."),
        new("warn", InputAction.Warn, "It is answered, and the answer has a warning."),
        new("reject", InputAction.Reject, "The request is refused."));

    /// <summary>The section.</summary>
    public static ObjectShape Inputs { get; } = new(null,
        new("rules", s_action, "A value that breaks a rule of its column: min, max, values, pattern.") { Default = "\"reject\"" },
        new("range", s_action, "A number outside the range that training has seen.") { Default = "\"warn\"" },
        new("unknownCategory", s_action, "A text that training has not seen, in a column of at most 10,000 texts.") { Default = "\"warn\"" },
        new("extra", s_action, "A field that is none of the model's columns.") { Default = "\"reject\"" });

    /// <summary>Reads the section.</summary>
    public static InputPolicy Read(Fields? fields)
    {
        var unset = new InputPolicy();
        return fields is null ? unset : new InputPolicy
        {
            Rules = fields.FindValue<InputAction>("rules") ?? unset.Rules,
            Range = fields.FindValue<InputAction>("range") ?? unset.Range,
            UnknownCategory = fields.FindValue<InputAction>("unknownCategory") ?? unset.UnknownCategory,
            Extra = fields.FindValue<InputAction>("extra") ?? unset.Extra,
        };
    }
}
