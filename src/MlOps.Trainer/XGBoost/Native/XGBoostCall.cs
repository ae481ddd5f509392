namespace MlOps.Trainer.XGBoost.Native;

/// <summary>The one place where XGBoost's answers are checked.</summary>
internal static class XGBoostCall
{
    public static void Check(string call, int result)
    {
        if (result != 0) throw new XGBoostException(call, Reason(XGBoostLibrary.GetLastError()));
    }

    // The message comes as "[time] file:line: reason" with a stack trace below; only the reason is for people.
    private static string Reason(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .TakeWhile(l => !l.StartsWith("Stack trace", StringComparison.Ordinal));
        var text = string.Join(' ', lines);
        var place = text.IndexOf(": ", StringComparison.Ordinal);
        return text.StartsWith('[') && place >= 0 ? text[(place + 2)..] : text;
    }
}
