using Socks5Egress.Protocol.FirstFlight;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>What a client reads when it is refused, by what it speaks. ASCII, one line.</summary>
internal static class RefusalSentences
{
    /// <summary>The client did not ask for TLS.</summary>
    public static string OfClient(ClearProtocol protocol) => protocol switch
    {
        ClearProtocol.Postgres => "the gateway passes only TLS on to the server, and this connection is in clear: set sslmode=require or higher",
        ClearProtocol.MySql => "the gateway passes only TLS on to the server, and this connection is in clear: set --ssl or ssl-mode=REQUIRED in the client",
        ClearProtocol.Tds => "the gateway passes only TLS on to the server, and this connection is in clear: set Encrypt=Mandatory or Encrypt=Strict in the client",
        ClearProtocol.Redis => "the gateway passes only TLS on to the server, and this connection is in clear: use rediss:// or --tls in the client",
        ClearProtocol.Http => "The gateway passes only TLS on to the server, and this request is in clear: use https.",
        ClearProtocol.Smtp or ClearProtocol.Imap or ClearProtocol.Pop3 =>
            "the gateway passes only TLS on to the server, and this connection begins in clear: use the port of implicit TLS (465, 993, 995)",
        _ => "the gateway passes only TLS on to the server, and this connection is in clear",
    };

    /// <summary>The server has none.</summary>
    public static string OfServer(ClearProtocol protocol) => protocol switch
    {
        ClearProtocol.Postgres => "the server offers no TLS, and the gateway passes nothing else on, whatever sslmode says: set ssl = on in the server",
        ClearProtocol.MySql => "the server offers no TLS, and the gateway passes nothing else on, whatever ssl-mode says: give the server a certificate",
        _ => "the server does not encrypt the whole session, and the gateway passes nothing else on: set Force Encryption in the server, or Encrypt=Mandatory in the client",
    };

    /// <summary>A CancelRequest.</summary>
    public const string Cancel = "the gateway passes only TLS on to the server, and the key of a cancel request would be in clear, whatever sslmode says: cancel with a client that encrypts it (libpq 17 or later)";

    /// <summary>Bytes came between the question for TLS and its answer.</summary>
    public const string Early = "the gateway passes only TLS on to the server, and bytes in clear came with the question for it: set sslmode=require or higher";
}
