using MlOps.Core.Specification.Reading.Shapes;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads how dropped text files are written.</summary>
internal static class FilesReader
{
    public static FilesSpec Read(Fields? fields, ProblemList problems)
    {
        var defaults = new FilesSpec();
        if (fields is null) return defaults;
        var spec = new FilesSpec
        {
            Encoding = fields.Find<string>("encoding") ?? defaults.Encoding,
            Delimiter = fields.FindValue<char>("delimiter"),
            Quote = fields.FindValue<char>("quote") switch { null => defaults.Quote, CharacterShape.None => null, var quote => quote },
            Escape = fields.FindValue<char>("escape"),
            Comment = fields.FindValue<char>("comment"),
            Header = fields.FindValue<bool>("header") ?? defaults.Header,
        };
        if (spec is { Quote: null, Escape: not null })
            problems.Add(fields.At("escape"), $"'{fields.Path}.escape' escapes quotes, and '{fields.Path}.quote' is none.", "Remove one of the two.");
        RequireDifference(fields, [("delimiter", spec.Delimiter), ("quote", spec.Quote), ("comment", spec.Comment)], problems);
        RequireDifference(fields, [("delimiter", spec.Delimiter), ("escape", spec.Escape), ("comment", spec.Comment)], problems);
        return spec;
    }

    private static void RequireDifference(Fields fields, IReadOnlyList<(string Key, char? Character)> used, ProblemList problems)
    {
        for (var i = 1; i < used.Count; i++)
        {
            if (used[i].Character is not { } character || used.Take(i).FirstOrDefault(u => u.Character == character) is not { Key: { } other }) continue;
            problems.Add(fields.At(used[i].Key), $"'{fields.Path}.{used[i].Key}' and '{fields.Path}.{other}' are the same character.", "Change one of them.");
        }
    }
}
