namespace Socks5Egress.Diagnostics;

/// <summary>What is spoken with a target once it is connected.</summary>
internal enum CheckProtocol
{
    Tcp,
    Tls,
    Http,
    Https,
    Postgres,
    MySql,
    Redis,
    Rediss,
    MongoDb,
    SqlServer,
}
