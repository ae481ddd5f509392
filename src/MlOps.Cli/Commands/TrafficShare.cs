using System.Globalization;

namespace MlOps.Cli.Commands;

/// <summary>A share of traffic as people write it: <c>10%</c> or <c>0.1</c>.</summary>
internal static class TrafficShare
{
    /// <exception cref="CommandException">It is none.</exception>
    public static double? Parse(string option, string? text)
    {
        if (text is null) return null;
        var percent = text.EndsWith('%');
        if (double.TryParse(percent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && (percent ? number / 100 : number) is > 0 and < 1 and var share)
        {
            return share;
        }

        throw CommandException.BadInput($"'{text}' is no value of {option}: give a share above 0 and below 1, such as 10% or 0.1.");
    }
}
