using Socks5Egress.Gateway.Commands.Bind;
using Socks5Egress.Gateway.Commands.HttpProxy;
using Socks5Egress.Gateway.Commands.UdpAssociate;
using Socks5Egress.Gateway.Handshake;

namespace Socks5Egress.Gateway.Commands;

/// <summary>
/// The commands that clients may ask for. A new one is registered here; one that a listener runs by itself, such as a static forward, is named by
/// that listener instead.
/// </summary>
internal sealed class CommandTable
{
    private readonly Dictionary<EgressCommand, ICommand> _all = new()
    {
        [EgressCommand.Connect] = new ConnectCommand(),
        [EgressCommand.Bind] = new BindCommand(),
        [EgressCommand.UdpAssociate] = new UdpAssociateCommand(),
        [EgressCommand.Http] = new HttpProxyCommand(),
    };

    /// <summary>The command that carries a request out.</summary>
    public ICommand this[EgressCommand asked] => _all[asked];

    /// <summary>The gateway is stopping: every command finishes what is under way.</summary>
    public void Drain()
    {
        foreach (var command in _all.Values) command.Drain();
    }
}
