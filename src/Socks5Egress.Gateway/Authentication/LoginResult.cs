namespace Socks5Egress.Gateway.Authentication;

/// <summary>What came of a login.</summary>
internal enum LoginResult : byte
{
    /// <summary>User or password is wrong; which of them is not told.</summary>
    Refused,

    /// <summary>Right.</summary>
    Accepted,

    /// <summary>Too many hashes are waiting: not checked.</summary>
    Busy,

    /// <summary>A password that a token has bought, and that is over, was changed, or is not this gateway's.</summary>
    BadToken,
}
