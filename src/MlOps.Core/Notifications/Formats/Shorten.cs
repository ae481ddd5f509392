namespace MlOps.Core.Notifications.Formats;

/// <summary>Texts within the limits of those who show them.</summary>
internal static class Shorten
{
    public static string To(string text, int characters)
    {
        if (text.Length <= characters) return text;
        var end = characters - 1;
        // Half of a pair is no character.
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "…";
    }
}
