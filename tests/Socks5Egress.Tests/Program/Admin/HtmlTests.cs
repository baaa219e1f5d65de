using System.Globalization;
using Socks5Egress.Admin;
using Xunit;

namespace Socks5Egress.Tests.Program.Admin;

public sealed class HtmlTests
{
    [Theory]
    [InlineData("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;")]
    [InlineData("\" onload=\"x", "&quot; onload=&quot;x")]
    [InlineData("' & </td>", "&#x27; &amp; &lt;/td&gt;")]
    [InlineData("\u202eevil\u0000", "&#x202E;evil&#x0;")]
    [InlineData(null, "")]
    public void A_value_is_escaped_wherever_it_stands(string? value, string escaped) =>
        Assert.Equal($"<td title=\"{escaped}\">{escaped}</td>", new Html().Add($"<td title=\"{value}\">{value}</td>").ToString());

    [Fact]
    public void What_is_markup_already_is_not_escaped_twice()
    {
        var inner = new Html().Add($"<b>{"<"}</b>");
        Assert.Equal("<p><b>&lt;</b></p>", new Html().Add($"<p>{inner}</p>").ToString());
    }

    [Fact]
    public void Numbers_are_written_alike_everywhere()
    {
        var before = CultureInfo.CurrentCulture;
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        other.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = other;
        try
        {
            Assert.Equal("1.5", new Html().Add($"{1.5}").ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
