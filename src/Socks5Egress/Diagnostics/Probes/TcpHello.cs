using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>Where nothing is known of the protocol: does the server keep the connection for a moment, and does it speak first.</summary>
internal static class TcpHello
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    public static Task RunAsync(Steps steps, Stream stream, TimeProvider time) => steps.DoAsync("hello", async token =>
    {
        using var moment = new CancellationTokenSource(Moment, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, moment.Token);
        var bytes = new byte[64];
        try
        {
            var count = await stream.ReadAsync(bytes, either.Token);
            if (count == 0) throw new EndOfStreamException();
            return new Finding("says " + Bytes.Printable(Encoding.Latin1.GetString(bytes, 0, count)));
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return new Finding("stays open");
        }
    });
}
