namespace Socks5Egress.Gateway.Grants;

/// <summary>A live thing that holds a grant: a session, an HTTP request, a target of a UDP association.</summary>
internal interface IGranted
{
    /// <summary>Its grant no longer holds: it ends as <see cref="EndReason.NowForbidden"/>. Any thread, at most once; the lease says by which rule.</summary>
    void Revoke();
}
