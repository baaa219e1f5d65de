namespace Socks5Egress.Transport;

/// <summary>What became of the wish to end a silent relay in order.</summary>
internal enum SilentEnd : byte
{
    /// <summary>This kind of leg cannot.</summary>
    Unable,

    /// <summary>It is not silent: bytes have flowed since it was judged, or wait on either side.</summary>
    Busy,

    /// <summary>It ends, or has ended by itself.</summary>
    Done,
}
