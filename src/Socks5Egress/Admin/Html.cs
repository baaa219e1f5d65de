using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Socks5Egress.Admin;

/// <summary>
/// Builds HTML from interpolated texts: what stands in the code is taken as it is, every value in it is escaped. There is one way around
/// that, a <see cref="Html"/> as a value, and that is escaped already.
/// </summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends; values are escaped.</summary>
    public Html Add([InterpolatedStringHandlerArgument("")] Markup markup)
    {
        _ = markup;
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>What the compiler turns an interpolated string into.</summary>
    [InterpolatedStringHandler]
    internal readonly struct Markup
    {
        private readonly StringBuilder _text;

        public Markup(int literalLength, int formattedCount, Html html)
        {
            _ = (literalLength, formattedCount);
            _text = html._text;
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? value) => _text.Append(HtmlEncoder.Default.Encode(value ?? ""));

        public void AppendFormatted(Html value) => _text.Append(value._text);

        public void AppendFormatted(IFormattable value) => _text.Append(HtmlEncoder.Default.Encode(value.ToString(null, CultureInfo.InvariantCulture)));
    }
}
