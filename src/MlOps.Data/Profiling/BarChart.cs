using System.Globalization;
using System.Net;
using System.Text;

namespace MlOps.Data.Profiling;

/// <summary>Bars side by side, as inline SVG that scales to its place.</summary>
internal static class BarChart
{
    private const int Width = 600;
    private const int Height = 120;

    /// <summary>Draws the bars.</summary>
    /// <param name="bars">Height of each bar, and what it stands for.</param>
    /// <param name="description">What the chart shows, for those who cannot see it.</param>
    public static string Render(IReadOnlyList<(long Value, string Tip)> bars, string description)
    {
        var most = Math.Max(1, bars.Max(b => b.Value));
        var step = (double)Width / bars.Count;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(description)}\">");
        for (var i = 0; i < bars.Count; i++)
        {
            // A bar that stands for something is never invisible.
            var height = bars[i].Value == 0 ? 0 : Math.Max(1, (double)Height * bars[i].Value / most);
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"bar\" x=\"{i * step:0.##}\" y=\"{Height - height:0.##}\" width=\"{step * 0.92:0.##}\" height=\"{height:0.##}\"><title>{WebUtility.HtmlEncode(bars[i].Tip)}</title></rect>");
        }
        return svg.Append("</svg>").ToString();
    }
}
