using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Socks5Egress.Gateway;
using Xunit;

namespace Socks5Egress.Tests.Gateway;

// What the client of a test says and hears.
public sealed partial class SessionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task SendAsync(params byte[][] pieces)
    {
        foreach (var piece in pieces) await _client.Peer.Output.WriteAsync(piece, Token);
    }

    private async Task<string> ReadAsync(int bytes) => Convert.ToHexString(await TakeAsync(_client.Peer.Input, bytes));

    private static async Task<string> TextAsync(PipeReader input, int bytes) => Encoding.ASCII.GetString(await TakeAsync(input, bytes));

    private static async Task<byte[]> TakeAsync(PipeReader input, int bytes)
    {
        var read = await input.ReadAtLeastAsync(bytes, Token);
        var taken = read.Buffer.Slice(0, bytes).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(bytes));
        return taken;
    }

    private async Task EndsAsync(EndReason reason)
    {
        await _running.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(reason, _session.Record.End);
        Assert.Equal(0, _sessions.Count);
    }
}
