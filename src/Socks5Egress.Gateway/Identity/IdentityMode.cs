namespace Socks5Egress.Gateway.Identity;

/// <summary>What follows when the gateway leaves from another address than it should.</summary>
internal enum IdentityMode : byte
{
    /// <summary>Nothing is probed.</summary>
    Off,

    /// <summary>Log and metrics only; always open.</summary>
    Warn,

    /// <summary>A family seen wrong is not used; nothing seen within a minute opens, so that an outage of the probes is not ours.</summary>
    Gate,

    /// <summary>Only a family seen right is used.</summary>
    Strict,
}
