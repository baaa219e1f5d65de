namespace Socks5Egress.LoadTests.Vocabulary;

/// <summary>What became of one iteration.</summary>
/// <param name="IsOk">It did what it should.</param>
/// <param name="Status">Why it ended: <c>ok</c>, the gateway's reply code, or what broke.</param>
/// <param name="Bytes">Payload both ways.</param>
internal readonly record struct LoadResponse(bool IsOk, string Status, long Bytes)
{
    public static LoadResponse Ok(long sizeBytes) => new(true, "ok", sizeBytes);

    public static LoadResponse Fail(string status) => new(false, status, 0);
}
