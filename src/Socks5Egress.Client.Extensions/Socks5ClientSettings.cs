using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Socks5Egress.Client.Extensions;

/// <summary>What configuration says of a client: the keys of its section are the names of these properties.</summary>
public sealed class Socks5ClientSettings
{
    /// <summary>The gateways, with commas between: <c>socks5://[user[:password]@]host:port</c>.</summary>
    public string? Via { get; set; }

    /// <summary>The password of a user whose URL has none, so that it can come from another source than the URL.</summary>
    public string? Password { get; set; }

    /// <summary>How long one connection may take altogether; null for the client's default.</summary>
    public TimeSpan? ConnectTimeout { get; set; }

    /// <summary>What <see cref="ConnectTimeout"/> was given as and cannot be.</summary>
    internal string? WrongTimeout { get; private set; }

    internal void Read(IConfiguration section)
    {
        (Via, Password) = (section[nameof(Via)] ?? Via, section[nameof(Password)] ?? Password);
        if (section[nameof(ConnectTimeout)] is not { Length: > 0 } text) return;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout)) ConnectTimeout = timeout;
        else WrongTimeout = text;
    }

    internal Socks5Client ToClient(Action<Socks5Exception>? onFailure)
    {
        var options = ConnectTimeout is { } timeout
            ? new Socks5ClientOptions { ConnectTimeout = timeout, OnFailure = onFailure }
            : new Socks5ClientOptions { OnFailure = onFailure };
        return new Socks5Client(Socks5Proxy.ParseList(Via!, Password), options);
    }
}
