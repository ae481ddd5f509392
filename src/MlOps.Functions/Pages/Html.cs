using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MlOps.Functions.Pages;

/// <summary>Markup. What is put into an interpolated one is text and is escaped, unless it is markup itself.</summary>
internal readonly record struct Html(string Value)
{
    public static Html Empty { get; } = new("");

    public static Html Of(ref HtmlHandler handler) => new(handler.Markup);

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Value)));

    public override string ToString() => Value;
}

/// <summary>Builds <see cref="Html"/> out of an interpolated string.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlHandler(int literalLength, int formattedCount)
{
    private readonly StringBuilder _markup = new(literalLength + (formattedCount * 16));

    public string Markup => _markup.ToString();

    public void AppendLiteral(string value) => _markup.Append(value);

    public void AppendFormatted(Html value) => _markup.Append(value.Value);

    public void AppendFormatted<T>(T value) => _markup.Append(WebUtility.HtmlEncode($"{value}"));

    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => _markup.Append(WebUtility.HtmlEncode(value.ToString(format, null)));
}
