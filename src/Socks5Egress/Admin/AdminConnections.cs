using System.Net;
using Microsoft.AspNetCore.Connections;
using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Admin;

/// <summary>
/// The connections to the admin address, so few that they cannot use up descriptors, and never so many that a probe gets none: one too
/// many closes the one that has waited longest without a request, first of its own source, else of all.
/// </summary>
/// <param name="most">Connections at once.</param>
/// <param name="mostOfSource">Connections of one client at once.</param>
internal sealed class AdminConnections(int most, int mostOfSource)
{
    private readonly Lock _lock = new();
    // The one that has waited longest comes first; one that answers a request stands at the end
    private readonly LinkedList<AdminConnection> _open = [];
    private readonly Dictionary<ClientPrefix, int> _sources = [];

    public int Open
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>A step in front of the server: counts the connection from its accept to its end.</summary>
    public ConnectionDelegate Counting(ConnectionDelegate next) => async context =>
    {
        var address = (context.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        var connection = Enter(ClientPrefix.Of(address), context.Abort);
        context.Features.Set(connection);
        try
        {
            await next(context);
        }
        finally
        {
            Leave(connection);
        }
    };

    /// <summary>A connection has come. It is always taken; one too many closes another.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="abort">Closes it.</param>
    public AdminConnection Enter(ClientPrefix source, Action abort)
    {
        AdminConnection? closed;
        var connection = new AdminConnection(this, source, abort);
        lock (_lock)
        {
            var own = _sources.GetValueOrDefault(source);
            closed = own >= mostOfSource ? Longest(source) : _open.Count >= most ? Longest(null) : null;
            if (closed is not null) Forget(closed);
            connection.Place = _open.AddLast(connection);
            _sources[source] = _sources.GetValueOrDefault(source) + 1;
        }
        closed?.Abort();
        return connection;
    }

    /// <summary>A connection has ended.</summary>
    public void Leave(AdminConnection connection)
    {
        lock (_lock) Forget(connection);
    }

    internal void SetBusy(AdminConnection connection, bool busy)
    {
        lock (_lock)
        {
            connection.IsBusy = busy;
            if (connection.Place is not { } place) return;
            _open.Remove(place);
            _open.AddLast(place);
        }
    }

    private AdminConnection Longest(ClientPrefix? source)
    {
        var own = _open.Where(each => source is null || each.Source == source);
        return own.FirstOrDefault(each => !each.IsBusy) ?? own.First();
    }

    private void Forget(AdminConnection connection)
    {
        if (connection.Place is not { } place) return;
        _open.Remove(place);
        connection.Place = null;
        if (--_sources[connection.Source] == 0) _sources.Remove(connection.Source);
    }
}

/// <summary>One of them.</summary>
internal sealed class AdminConnection(AdminConnections all, ClientPrefix source, Action abort)
{
    public ClientPrefix Source => source;

    internal LinkedListNode<AdminConnection>? Place { get; set; }

    internal bool IsBusy { get; set; }

    /// <summary>A request is being answered.</summary>
    public void Begin() => all.SetBusy(this, true);

    /// <summary>It waits for the next one.</summary>
    public void End() => all.SetBusy(this, false);

    public void Abort() => abort();
}
