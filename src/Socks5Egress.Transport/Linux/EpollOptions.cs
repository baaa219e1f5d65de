namespace Socks5Egress.Transport.Linux;

/// <summary>How the loops work; fixed for the life of the transport.</summary>
/// <param name="Loops">Threads; by default one for each core that the process may use.</param>
/// <param name="Splice">Whether bulk may go through kernel pipes.</param>
internal sealed record EpollOptions(int Loops, bool Splice = true)
{
    public EpollOptions()
        : this(Environment.ProcessorCount)
    {
    }

    /// <summary>Descriptors that connections leave alone.</summary>
    public DescriptorReserve Reserve { get; init; } = DescriptorReserve.None;
}
