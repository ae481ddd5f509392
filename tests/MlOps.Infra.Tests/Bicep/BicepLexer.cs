namespace MlOps.Infra.Tests.Bicep;

/// <summary>Cuts Bicep into tokens, by the language's published specification.</summary>
internal static class BicepLexer
{
    private static readonly string[] s_signs = ["::", "==", "!=", "<=", ">=", "&&", "||", "??", "=~", "!~", "?.", ".?"];

    public static IReadOnlyList<BicepToken> Read(string file, string source)
    {
        var tokens = new List<BicepToken>();
        var line = 1;
        for (var at = 0; at < source.Length;)
        {
            var next = source[at];
            if (next is '\n')
            {
                tokens.Add(new(TokenKind.NewLine, "\n", line++, []));
                at++;
            }
            else if (char.IsWhiteSpace(next))
            {
                at++;
            }
            else if (source.AsSpan(at).StartsWith("//"))
            {
                while (at < source.Length && source[at] is not '\n') at++;
            }
            else if (next is '\'')
            {
                var (value, interpolations, end) = ReadText(file, source, at + 1, line);
                tokens.Add(new(TokenKind.Text, value, line, interpolations));
                at = end;
            }
            else
            {
                var token = ReadPlain(source, at, line);
                tokens.Add(token);
                at += token.Value.Length;
            }
        }

        tokens.Add(new(TokenKind.End, "", line, []));
        return tokens;
    }

    private static BicepToken ReadPlain(string source, int at, int line)
    {
        if (char.IsLetter(source[at]) || source[at] is '_') return new(TokenKind.Word, While(source, at, c => char.IsLetterOrDigit(c) || c is '_'), line, []);
        if (char.IsDigit(source[at])) return new(TokenKind.Number, While(source, at, char.IsDigit), line, []);
        var sign = Array.Find(s_signs, s => source.AsSpan(at).StartsWith(s)) ?? source[at].ToString();
        return new(TokenKind.Sign, sign, line, []);
    }

    private static string While(string source, int at, Func<char, bool> belongs)
    {
        var end = at;
        while (end < source.Length && belongs(source[end])) end++;
        return source[at..end];
    }

    private static (string Value, IReadOnlyList<string> Interpolations, int End) ReadText(string file, string source, int at, int line)
    {
        var start = at;
        var interpolations = new List<string>();
        for (; at < source.Length && source[at] is not '\n'; at++)
        {
            if (source[at] is '\\')
            {
                at++;
            }
            else if (source[at] is '\'')
            {
                return (source[start..at], interpolations, at + 1);
            }
            else if (source.AsSpan(at).StartsWith("${"))
            {
                var end = EndOfInterpolation(source, at + 2);
                interpolations.Add(source[(at + 2)..end]);
                at = end;
            }
        }

        throw new BicepSyntaxException(file, line, "a text never ends");
    }

    private static int EndOfInterpolation(string source, int at)
    {
        for (var depth = 1; at < source.Length; at++)
        {
            if (source[at] is '{') depth++;
            if (source[at] is '}' && --depth is 0) return at;
        }

        return at;
    }
}
