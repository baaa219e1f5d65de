using System.Net;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Hosting;

/// <summary>What a person who starts the gateway by hand reads first: where it listens, for whom, and lines to copy.</summary>
internal static class Banner
{
    /// <summary>The text, with a line break at its end.</summary>
    /// <param name="listener">The first listener, as it was asked for.</param>
    /// <param name="at">Where it really listens.</param>
    public static string Text(ListenerSettings listener, IPEndPoint at)
    {
        var host = at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : at.Address.ToString();
        var proxy = (host.Contains(':') ? $"[{host}]" : host) + ":" + at.Port;
        var user = listener.RequiresLogin ? "USER@" : "";
        return $"""

            Socks5Egress {ProgramVersion.Text} listens on {at}: {Protocols(listener)}, {(listener.RequiresLogin ? "with a user and password" : "no password")}.

              curl           curl --proxy socks5h://{user}{proxy} https://example.com/
              psql           socks5egress forward 15432=db.example.com:5432 --via socks5://{user}{proxy} -- \
                               psql "host=db.example.com hostaddr=127.0.0.1 port=15432 user=app dbname=app sslmode=verify-full"
              JDBC           java -DsocksProxyHost={host} -DsocksProxyPort={at.Port} -jar app.jar
              node-postgres  socks5egress forward 15432=db.example.com:5432 --via socks5://{user}{proxy} -- \
                               node -e 'new (require("pg").Client)("postgres://app@127.0.0.1:15432/app").connect().then(() => console.log("connected"))'

            Public addresses are reachable; private ones and this machine are not until you say so: --allow 10.1.2.3:5432
            Stop it with Ctrl+C.


            """;
    }

    private static string Protocols(ListenerSettings listener)
    {
        var names = new List<string>();
        if (listener.Protocols.HasFlag(ServedProtocols.Socks5)) names.Add("SOCKS5");
        if (listener.Protocols.HasFlag(ServedProtocols.Socks4) && !listener.RequiresLogin) names.Add("SOCKS4a");
        if (listener.Protocols.HasFlag(ServedProtocols.Http)) names.Add("HTTP");
        return string.Join(", ", names);
    }
}
