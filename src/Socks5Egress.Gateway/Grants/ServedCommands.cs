namespace Socks5Egress.Gateway.Grants;

/// <summary>The commands that a gateway carries out. CONNECT always is one; the others are off unless somebody asks for them.</summary>
[Flags]
internal enum ServedCommands : byte
{
    Connect = 1,
    Bind = 2,
    Udp = 4,
}
