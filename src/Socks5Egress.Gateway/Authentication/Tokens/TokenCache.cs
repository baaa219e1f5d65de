using System.Collections.Concurrent;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>
/// Tokens whose signature was right, by digest. Only those: a flood of wrong ones takes up nothing here and pushes nothing out. It is a short cut past one
/// verification; who a token is, and whether its key, issuer and time still count, is asked each time.
/// </summary>
internal sealed class TokenCache
{
    /// <summary>How many there may be; the oldest goes.</summary>
    public const int Capacity = 2048;

    private readonly ConcurrentDictionary<UInt256, Entry> _tokens = new();
    private readonly ConcurrentQueue<UInt256> _order = new();

    /// <summary>How many there are.</summary>
    public int Count => _tokens.Count;

    /// <summary>What is known of a token; null when it was not verified, or is over.</summary>
    public Entry? Find(in UInt256 digest, long now)
    {
        if (!_tokens.TryGetValue(digest, out var entry)) return null;
        return JwtTimes.Judge(entry.Token, now) == JwtFault.None ? entry : null;
    }

    /// <summary>A token was verified.</summary>
    public void Add(in UInt256 digest, Entry entry)
    {
        if (_tokens.TryAdd(digest, entry)) _order.Enqueue(digest);
        else _tokens[digest] = entry;
        while (_order.Count > Capacity && _order.TryDequeue(out var oldest)) _tokens.TryRemove(oldest, out _);
    }

    /// <summary>A verified token.</summary>
    /// <param name="Token">What it says.</param>
    /// <param name="Key">The key that has verified it.</param>
    public sealed record Entry(JsonWebToken Token, SignatureKey Key)
    {
        /// <summary>Who it is by these rules; null: nobody has asked.</summary>
        public Verdict? Last { get; set; }
    }

    /// <param name="By">Whose rules.</param>
    /// <param name="Result">What they say.</param>
    public sealed record Verdict(TokenAuthenticator By, TokenResult Result);
}

/// <summary>A digest of SHA-256 as a value.</summary>
/// <param name="A">Its first eight bytes.</param>
/// <param name="B">The next.</param>
/// <param name="C">The next.</param>
/// <param name="D">The last.</param>
internal readonly record struct UInt256(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>The digest of these bytes.</summary>
    public static UInt256 Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[System.Security.Cryptography.SHA256.HashSizeInBytes];
        System.Security.Cryptography.SHA256.HashData(bytes, digest);
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(digest);
        return new UInt256(words[0], words[1], words[2], words[3]);
    }
}
