namespace Socks5Egress.Fly;

/// <summary>One Machine of the app.</summary>
/// <param name="Id">Kept over deploys in place; a new one means that the Machine was replaced.</param>
/// <param name="State">Such as <c>started</c> or <c>stopped</c>.</param>
/// <param name="Region">Where it runs.</param>
internal sealed record FlyMachine(string Id, string State, string Region)
{
    /// <summary>A destroyed Machine is still listed for a while.</summary>
    public bool IsGone => State is "destroyed" or "destroying";
}
