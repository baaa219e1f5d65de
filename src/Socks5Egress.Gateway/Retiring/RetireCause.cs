namespace Socks5Egress.Gateway.Retiring;

/// <summary>Why a session is due to end at the next quiet moment.</summary>
internal enum RetireCause : byte
{
    /// <summary>It is not due.</summary>
    None,

    /// <summary>It is older than its lifetime.</summary>
    Lifetime,

    /// <summary>Its address has left the answers of DNS.</summary>
    Moved,

    /// <summary>An operator has asked for it.</summary>
    Asked,

    /// <summary>The password that opened it is another one now.</summary>
    Password,
}
