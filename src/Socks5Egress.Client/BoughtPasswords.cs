using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Socks5Egress.Client;

/// <summary>A password that a token has bought.</summary>
/// <param name="Credentials">Who the gateway takes us for, and the password.</param>
/// <param name="Expires">When it is over.</param>
/// <param name="ValidAt">Where it holds, in the gateway's words.</param>
internal sealed record BoughtPassword(NetworkCredential Credentials, DateTimeOffset Expires, string ValidAt)
{
    /// <summary>When it was bought.</summary>
    public DateTimeOffset Bought { get; init; }

    /// <summary>A connection has logged in with it.</summary>
    public bool WasUsed { get; set; }
}

/// <summary>
/// The passwords that a workload's token has bought at the addresses of one gateway. Each is bought anew in the background when a fifth of its time is left, at once
/// when it is over or was refused, and once at a time.
/// </summary>
internal sealed class BoughtPasswords(Socks5Proxy proxy)
{
    private const int MaxAnswer = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, BoughtPassword> _bought = [];
    private readonly Dictionary<IPEndPoint, Task<BoughtPassword>> _buying = [];

    private static TimeProvider Time => TimeProvider.System;

    /// <summary>The password for one address.</summary>
    /// <param name="address">The gateway's address.</param>
    /// <param name="failures">The sentences.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Authenticate"/>.</exception>
    public async Task<BoughtPassword> OfAsync(IPEndPoint address, Socks5Errors failures, CancellationToken cancellation)
    {
        Task<BoughtPassword> buying;
        lock (_lock)
        {
            var now = Time.GetUtcNow();
            var known = _bought.GetValueOrDefault(address);
            if (known is not null && known.Expires - now > (known.Expires - known.Bought) / 5) return known;
            if (!_buying.TryGetValue(address, out buying!))
            {
                // One caller's cancellation does not end the exchange for the others
                _buying[address] = buying = BuyAndKeepAsync(address, failures);
                // All callers that wait get the failure; the next caller asks again
                var observed = buying;
                Background.Run("a bought password", async () => await ((Task)observed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
            }
            if (known is not null && known.Expires > now) return known;
        }
        return await buying.WaitAsync(cancellation);
    }

    /// <summary>A gateway has refused a password.</summary>
    /// <returns>Whether it may be another gateway, or was used before: with a new one it may go.</returns>
    public bool Refused(NetworkCredential credentials)
    {
        lock (_lock)
        {
            var found = _bought.FirstOrDefault(each => ReferenceEquals(each.Value.Credentials, credentials));
            if (found.Key is null) return true;
            _bought.Remove(found.Key);
            return found.Value.WasUsed;
        }
    }

    /// <summary>A gateway has taken a password.</summary>
    public void Taken(NetworkCredential credentials)
    {
        lock (_lock)
            foreach (var bought in _bought.Values)
                if (ReferenceEquals(bought.Credentials, credentials)) bought.WasUsed = true;
    }

    /// <summary>Buys one, whatever is known.</summary>
    /// <param name="address">The gateway's address.</param>
    /// <param name="validFor">How long it shall hold; null: as the gateway likes.</param>
    /// <param name="failures">The sentences.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Socks5Exception">At the stage that failed.</exception>
    public async Task<BoughtPassword> BuyAsync(IPEndPoint address, TimeSpan? validFor, Socks5Errors failures, CancellationToken cancellation)
    {
        if (proxy.Tls is null && !IsPrivate(address.Address)) throw failures.TokenInClear();
        string token;
        try
        {
            token = await proxy.Login!.TakeAsync(proxy.Host, cancellation);
        }
        catch (TokenSourceException fault)
        {
            throw failures.NoToken(proxy.Login!.Name, fault);
        }
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation);
            if (proxy.Tls is not null) socket = await TlsTunnel.OpenAsync(socket, proxy, failures, cancellation);
            var query = validFor is { } time ? string.Create(CultureInfo.InvariantCulture, $"?for={(long)time.TotalSeconds}s") : "";
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /login{query} HTTP/1.1\r\nHost: {proxy.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancellation);
            return Read(await ReadAsync(socket, cancellation), failures);
        }
        catch (SocketException fault)
        {
            throw failures.NotConnected(fault);
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async Task<BoughtPassword> BuyAndKeepAsync(IPEndPoint address, Socks5Errors failures)
    {
        // Away from the lock, and from the caller's context
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15), Time);
        try
        {
            var bought = await BuyAsync(address, null, failures, limit.Token);
            lock (_lock) _bought[address] = bought;
            return bought;
        }
        catch (OperationCanceledException)
        {
            throw failures.TooSlow(Socks5Stage.Authenticate, TimeSpan.FromSeconds(15));
        }
        finally
        {
            lock (_lock) _buying.Remove(address);
        }
    }

    private static async Task<string> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        var room = new byte[MaxAnswer];
        var length = 0;
        while (length < room.Length && await socket.ReceiveAsync(room.AsMemory(length), cancellation) is var count and > 0) length += count;
        return Encoding.UTF8.GetString(room, 0, length);
    }

    private static BoughtPassword Read(string answer, Socks5Errors failures)
    {
        var body = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (body < 0 || !answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || answer.Length < 12) throw failures.NoLogin(null);
        var status = answer[9..12];
        try
        {
            using var document = JsonDocument.Parse(answer[(body + 4)..]);
            string Member(string name) => document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            if (status != "200") throw failures.TokenRefused(Member("step"), Member("error_description"), status is "503" or "429");
            var (user, password) = (Member("user"), Member("password"));
            if (!Socks5Proxy.FitsCredential(user) || !Socks5Proxy.FitsCredential(password)
                || !DateTimeOffset.TryParse(Member("expires"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires)) throw failures.NoLogin(status);
            return new BoughtPassword(new NetworkCredential(user, password), expires, Member("valid_at")) { Bought = Time.GetUtcNow() };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw failures.NoLogin(status);
        }
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal) return true;
        return address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() switch
        {
            [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [100, >= 64 and <= 127, ..] or [169, 254, ..] => true,
            _ => false,
        };
    }
}
