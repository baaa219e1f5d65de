using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>Every transport with every value of something else.</summary>
internal static class EachTransport
{
    public static TheoryData<string, string> With(params string[] values)
    {
        var data = new TheoryData<string, string>();
        foreach (var transport in TransportKind.All)
            foreach (var value in values) data.Add(transport.Data, value);
        return data;
    }
}
