using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>
/// PostgreSQL up to the question for a password: does it offer TLS, is the certificate right, does <c>pg_hba.conf</c> admit this way in
/// (PostgreSQL documentation, "Message Formats").
/// </summary>
internal static class PostgresHello
{
    private const int SslRequestCode = 80877103, ProtocolVersion = 196608;
    private const int LongestMessage = 4096;

    /// <summary>Who asks when nobody is named: a role that every server has by default.</summary>
    private const string AnyUser = "postgres";

    public static async Task RunAsync(Steps steps, CheckTarget target, Stream stream)
    {
        var offered = false;
        if (!await steps.DoAsync("hello", async token =>
        {
            var request = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(request, request.Length);
            BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(4), SslRequestCode);
            await stream.WriteAsync(request, token);
            var answer = (char)(await Bytes.ReadAsync(stream, 1, token))[0];
            offered = answer == 'S';
            return answer switch
            {
                'S' => new Finding("PostgreSQL, TLS offered"),
                'N' => new Finding("PostgreSQL, no TLS"),
                _ => new Finding("no PostgreSQL", $"What answers at {target.Place} is no PostgreSQL: check host and port."),
            };
        })) return;
        var spoken = offered ? await new TlsHello(target).RunAsync(steps, stream) : stream;
        if (spoken is not null) await steps.DoAsync("session", token => AskAsync(spoken, target, token));
    }

    private static async Task<Finding> AskAsync(Stream stream, CheckTarget target, CancellationToken token)
    {
        await stream.WriteAsync(Startup(target.User ?? AnyUser, target.Database ?? target.User ?? AnyUser), token);
        while (true)
        {
            var head = await Bytes.ReadAsync(stream, 5, token);
            var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4;
            if (length is < 0 or > LongestMessage) return new Finding("no PostgreSQL", $"What answers at {target.Place} is no PostgreSQL: check host and port.");
            var body = await Bytes.ReadAsync(stream, length, token);
            switch ((char)head[0])
            {
                case 'R':
                    await stream.WriteAsync(new byte[] { (byte)'X', 0, 0, 0, 4 }, token);
                    return new Finding($"admits {target.User ?? AnyUser}");
                case 'E':
                    return Refusal(Fields(body), target);
            }
        }
    }

    private static byte[] Startup(string user, string database)
    {
        var words = Encoding.UTF8.GetBytes($"user\0{user}\0database\0{database}\0application_name\0socks5egress check\0\0");
        var message = new byte[8 + words.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), ProtocolVersion);
        words.CopyTo(message, 8);
        return message;
    }

    private static Finding Refusal(Dictionary<char, string> fields, CheckTarget target)
    {
        var said = Bytes.Printable(fields.GetValueOrDefault('M', "no reason"));
        var egress = said.Split('"') is [_, var host, ..] && said.Contains("for host", StringComparison.Ordinal) ? host : null;
        // invalid_authorization_specification: what pg_hba.conf says of those whom no line fits
        if (fields.GetValueOrDefault('C') == "28000")
            return new Finding("not admitted", $"The server's allow-list (pg_hba.conf) does not admit this way in; it says: {said}." +
                (target.User is null ? $" Write postgres://USER@{target.Place}/DATABASE to ask for yours." : ""), egress);
        return new Finding("refused", $"The server refuses the session; it says: {said}.");
    }

    private static Dictionary<char, string> Fields(byte[] body)
    {
        var fields = new Dictionary<char, string>();
        for (var at = 0; at < body.Length && body[at] != 0;)
        {
            var end = Array.IndexOf(body, (byte)0, at + 1);
            if (end < 0) break;
            fields[(char)body[at]] = Encoding.UTF8.GetString(body, at + 1, end - at - 1);
            at = end + 1;
        }

        return fields;
    }
}
