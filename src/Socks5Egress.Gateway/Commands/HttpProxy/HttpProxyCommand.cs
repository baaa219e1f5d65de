namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>HTTP in absolute-form: each request of the connection is authorized, dialed for and answered on its own.</summary>
internal sealed class HttpProxyCommand : ICommand
{
    private readonly HttpProxyConnections _connections = new();

    public string Name => "http";

    /// <summary>The first whole request makes a connection a session.</summary>
    public bool AdmitsItself => true;

    public async ValueTask<CommandEnd> RunAsync(CommandContext context)
    {
        var served = await _connections.ServeAsync(new HttpProxyConnection(context));
        return new CommandEnd(served.End, served.Cut ? Closing.Nothing : Closing.Fin);
    }

    public void Drain() => _connections.Drain();
}
