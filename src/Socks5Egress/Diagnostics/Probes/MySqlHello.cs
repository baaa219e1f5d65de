using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>The greeting of MySQL and MariaDB, which speak first, and TLS where they offer it (MySQL documentation, "Connection Phase Packets").</summary>
internal static class MySqlHello
{
    private const uint TlsCapability = 0x800, Protocol41 = 0x200, SecureConnection = 0x8000;
    private const byte ErrorPacket = 0xff, Protocol10 = 10, Utf8 = 45;
    private const int LongestGreeting = 4096, HostNotAllowed = 1130, HostBlocked = 1129, TooManyConnections = 1040;

    public static async Task RunAsync(Steps steps, CheckTarget target, Stream stream)
    {
        var offered = false;
        if (!await steps.DoAsync("hello", async token =>
        {
            var head = await Bytes.ReadAsync(stream, 4, token);
            var length = head[0] | (head[1] << 8) | (head[2] << 16);
            if (length is 0 or > LongestGreeting) return None(target);
            var body = await Bytes.ReadAsync(stream, length, token);
            if (body[0] == ErrorPacket && body.Length > 3) return Refusal(body);
            var end = Array.IndexOf(body, (byte)0, 1);
            if (body[0] != Protocol10 || end < 0) return None(target);
            // Behind the version: thread (4), salt (8), a zero, then the lower half of what it can do
            var capabilities = end + 14;
            offered = body.Length >= capabilities + 2 && (BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(capabilities)) & TlsCapability) != 0;
            return new Finding($"{Bytes.Printable(Encoding.ASCII.GetString(body, 1, end - 1))}, {(offered ? "TLS offered" : "no TLS")}");
        }) || !offered) return;

        var request = new byte[36];
        (request[0], request[3]) = (32, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), TlsCapability | Protocol41 | SecureConnection);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(8), 1 << 24);
        request[12] = Utf8;
        await stream.WriteAsync(request);
        await new TlsHello(target).RunAsync(steps, stream);
    }

    private static Finding None(CheckTarget target) => new("no MySQL", $"What answers at {target.Place} is no MySQL or MariaDB: check host and port.");

    private static Finding Refusal(byte[] body)
    {
        var code = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(1));
        var said = Bytes.Printable(Encoding.UTF8.GetString(body, 3, body.Length - 3));
        return new Finding("refused", code switch
        {
            HostNotAllowed or HostBlocked => $"The server's allow-list does not admit this way in; it says: {said}.",
            TooManyConnections => $"The server is full; it says: {said}.",
            _ => $"The server refuses the session; it says: {said}.",
        });
    }
}
