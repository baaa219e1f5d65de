namespace Socks5Egress;

/// <summary>Where a session is; each stage has its own deadline.</summary>
internal enum SessionStage : byte
{
    Negotiating,
    Dialling,
    Relaying,
    Closing,
}
