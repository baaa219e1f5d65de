namespace Socks5Egress.Transport;

/// <summary>How <see cref="ILeg.TryCarry"/> has ended.</summary>
internal enum CarryEnd : byte
{
    /// <summary>All of the bytes were carried.</summary>
    Whole,

    /// <summary>The pipes do it better from here on, or have to: the rest is still to be read.</summary>
    Short,

    /// <summary>The sender's FIN came first.</summary>
    Fin,

    /// <summary>The sender broke the connection.</summary>
    SenderBroke,

    /// <summary>The receiver broke the connection.</summary>
    ReceiverBroke,

    /// <summary>The caller has stopped it.</summary>
    Stopped,
}

/// <summary>What became of bytes that were to be carried from one leg to another.</summary>
/// <param name="Bytes">So many the receiver's kernel has taken.</param>
/// <param name="End">How it ended.</param>
/// <param name="Fault">How a side broke it; meaningful where one did.</param>
internal readonly record struct Carried(long Bytes, CarryEnd End, LegFault Fault);
