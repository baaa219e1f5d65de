using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Gateway.Accounting;

namespace Socks5Egress.Admin;

/// <summary>Which sessions the status page shows, in which order. The same words in a link work with and without script.</summary>
/// <param name="Column">One of <see cref="Columns"/>.</param>
/// <param name="Descending">The largest first.</param>
/// <param name="Filter">A text that user, client, target, address or listener holds; empty for all.</param>
/// <param name="ShowsAll">As many as there are, up to <see cref="MaxRows"/>; otherwise the first few.</param>
internal sealed record SessionOrder(string Column, bool Descending, string Filter, bool ShowsAll = false)
{
    /// <summary>Rows; more than that nobody reads, and the filter finds the others.</summary>
    public const int MaxRows = 200;

    /// <summary>Rows at first: what is below the sessions must not be a long way down.</summary>
    public const int FewRows = 20;

    /// <summary>Key and heading of each column.</summary>
    public static IReadOnlyList<(string Key, string Title)> Columns { get; } =
    [
        ("user", "User"), ("client", "Client"), ("target", "Target"), ("dialled", "Dialled"), ("source", "From"), ("stage", "Stage"),
        ("up", "Up"), ("down", "Down"), ("age", "Age"),
    ];

    /// <summary>What a query asks for; what it does not know is as if it were not said.</summary>
    public static SessionOrder Of(string? sort, string? filter, bool showsAll = false)
    {
        var descending = sort is null || sort.StartsWith('-');
        var column = sort?.TrimStart('-');
        var known = Columns.Any(each => each.Key == column);
        return new SessionOrder(known ? column! : "age", !known || descending, filter is { Length: > 100 } ? filter[..100] : filter ?? "", showsAll);
    }

    /// <summary>The value of <c>sort</c> in a link that sorts by this column, and the other way when it does already.</summary>
    public string LinkTo(string column) => column == Column && !Descending ? "-" + column : column == Column || column is not ("up" or "down" or "age") ? column : "-" + column;

    /// <summary>The sessions that fit.</summary>
    public IReadOnlyList<ILiveSession> Choose(IEnumerable<ILiveSession> sessions, out int fitting)
    {
        var all = Filter.Length == 0 ? [.. sessions] : sessions.Where(Fits).ToList();
        fitting = all.Count;
        var sorted = Column switch
        {
            "user" => Sort(all, session => session.Record.User ?? ""),
            "client" => Sort(all, session => session.Record.Client.ToString()),
            "target" => Sort(all, session => session.Record.Target?.ToString() ?? ""),
            "dialled" => Sort(all, session => session.Record.Dialled?.ToString() ?? ""),
            "source" => Sort(all, session => session.Record.Source?.ToString() ?? ""),
            "stage" => Sort(all, session => session.Stage),
            "up" => Sort(all, session => session.Record.Traffic.BytesUp),
            "down" => Sort(all, session => session.Record.Traffic.BytesDown),
            _ => Sort(all, session => session.Record.Duration),
        };
        return [.. sorted.Take(ShowsAll ? MaxRows : FewRows)];
    }

    private IEnumerable<ILiveSession> Sort<T>(List<ILiveSession> sessions, Func<ILiveSession, T> key) => Descending ? sessions.OrderByDescending(key) : sessions.OrderBy(key);

    private bool Fits(ILiveSession session)
    {
        var record = session.Record;
        return Holds(record.User) || Holds(record.Client.ToString()) || Holds(record.Target?.ToString()) || Holds(record.Dialled?.ToString())
            || Holds(record.Source?.ToString()) || Holds(record.Listener);

        bool Holds(string? text) => text is not null && text.Contains(Filter, StringComparison.OrdinalIgnoreCase);
    }
}
