namespace Socks5Egress.Diagnostics.Probes;

/// <summary>Redis: PING, and where it tells without a password, the address it sees (CLIENT INFO, since 6.2).</summary>
internal static class RedisHello
{
    public static async Task RunAsync(Steps steps, CheckTarget target, Stream stream)
    {
        var open = false;
        if (!await steps.DoAsync("hello", async token =>
        {
            await stream.WriteAsync("PING\r\n"u8.ToArray(), token);
            var answer = await Bytes.ReadLineAsync(stream, token);
            open = answer == "+PONG";
            return answer switch
            {
                "+PONG" => new Finding("Redis answers PING"),
                _ when answer.StartsWith("-NOAUTH", StringComparison.Ordinal) => new Finding("Redis, wants a password"),
                _ when answer.StartsWith("-DENIED", StringComparison.Ordinal) =>
                    new Finding("refused", "Redis is in protected mode and takes only its own machine: set bind and a password there."),
                _ when answer.StartsWith('-') => new Finding("refused", $"Redis refuses the session; it says: {answer}."),
                _ => new Finding("no Redis", $"What answers at {target.Place} is no Redis: check host and port."),
            };
        }) || !open) return;

        await steps.DoAsync("egress", async token =>
        {
            await stream.WriteAsync("CLIENT INFO\r\n"u8.ToArray(), token);
            var answer = await Bytes.ReadLineAsync(stream, token);
            if (!answer.StartsWith('$')) return new Finding("not told");
            var words = (await Bytes.ReadLineAsync(stream, token)).Split(' ');
            var seen = words.FirstOrDefault(word => word.StartsWith("addr=", StringComparison.Ordinal))?["addr=".Length..];
            var address = seen?[..Math.Max(0, seen.LastIndexOf(':'))].Trim('[', ']');
            return string.IsNullOrEmpty(address) ? new Finding("not told") : new Finding("sees " + address, Egress: address);
        });
    }
}
