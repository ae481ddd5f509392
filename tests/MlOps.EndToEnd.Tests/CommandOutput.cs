using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Tests;

/// <summary>What nobody should ever have to read.</summary>
internal static partial class CommandOutput
{
    public static void HasNoStackTrace(params string[] texts)
    {
        foreach (var text in texts) Assert.DoesNotMatch(StackFrame(), text);
    }

    // "   at Namespace.Type.Method(…)", also inside JSON.
    [GeneratedRegex(@"\bat [A-Za-z_][\w.<>`\[\],+]*\.[\w<>|`]+\(", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex StackFrame();
}
