namespace Socks5Egress.Transport.Linux;

/// <summary>
/// What one leg may receive, or send, in one turn of its loop. It is counted where the calls to the kernel are, so that no code above can
/// forget it: a leg that has spent it looks as if nothing were ready, and goes on through the loop's queue, behind all the others.
/// </summary>
/// <param name="most">Bytes a turn.</param>
internal struct LegBudget(int most)
{
    // Calls cost, too: so many bytes is what a smaller one counts for
    private const int LeastCost = 4 * 1024;

    // A relay's bytes are moved, and little else; what goes through pipes is also decrypted, parsed or copied once more
    private const int Piped = 64 * 1024, Relayed = 256 * 1024;

    // A relay never sends more than it has received. This one is for those who only write
    private const int SendsForReceives = 8;

    private int _turn, _left, _most = most;

    /// <summary>For a leg that ends.</summary>
    public static LegBudget None => new(int.MaxValue);

    /// <param name="piped">Through the leg's pipes, not by a relay of the loop.</param>
    public static LegBudget OfReceives(bool piped) => new(piped ? Piped : Relayed);

    /// <inheritdoc cref="OfReceives"/>
    public static LegBudget OfSends(bool piped) => new(SendsForReceives * (piped ? Piped : Relayed));

    /// <summary>From here on through the leg's pipes or past them. What was spent in this turn stays so.</summary>
    public void Become(in LegBudget other)
    {
        _left += other._most - _most;
        _most = other._most;
    }

    /// <summary>Whether anything is left of it in this turn.</summary>
    public bool IsLeft(int turn)
    {
        if (_turn != turn) (_turn, _left) = (turn, _most);
        return _left > 0;
    }

    /// <summary>A call is done.</summary>
    /// <param name="bytes">What it has moved; below zero for none.</param>
    public void Spend(int bytes) => _left -= Math.Max(bytes, LeastCost);

    /// <summary>It has waited for its next turn.</summary>
    public void Renew() => _left = _most;
}
