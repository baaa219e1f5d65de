using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>
/// A password that a token has bought, for clients whose protocol has no room for a token (RFC 1929). It says all that there is to know of it, under a MAC
/// of the gateway's key, so that gateways keep nothing.
/// <code>
/// "s5e1." base64url( expires:4  rule:16  subject:0..134  mac:32 )     the MAC is over the user's name, too
/// </code>
/// </summary>
/// <param name="Rule">Binds it to issuer, audience and account as they were configured.</param>
/// <param name="ExpiresAt">In seconds since 1970.</param>
/// <param name="Subject">The token's subject, its beginning when it is long.</param>
internal sealed record BoughtPassword(ReadOnlyMemory<byte> Rule, long ExpiresAt, string Subject)
{
    /// <summary>The length of <see cref="Rule"/> in bytes.</summary>
    public const int RuleLength = 16;

    /// <summary>The longest one, in bytes (RFC 1929).</summary>
    public const int MaxLength = 255;

    private const int HeadLength = 4 + RuleLength;
    private const int MacLength = 32;
    private const int MaxSubjectLength = 134;

    private static ReadOnlySpan<byte> Prefix => "s5e1."u8;

    /// <summary>Whether it looks like one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> password) => password.StartsWith(Prefix);

    /// <summary>Writes it down.</summary>
    /// <param name="key">The gateway's key.</param>
    /// <param name="user">The account's name, with which alone it is good.</param>
    public string Sign(ReadOnlySpan<byte> key, string user)
    {
        var subject = Encoding.UTF8.GetBytes(Cut(Subject));
        var bytes = new byte[HeadLength + subject.Length + MacLength];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)ExpiresAt));
        Rule.Span.CopyTo(bytes.AsSpan(4));
        subject.CopyTo(bytes, HeadLength);
        Mac(key, Encoding.UTF8.GetBytes(user), bytes.AsSpan(0, HeadLength + subject.Length)).CopyTo(bytes, HeadLength + subject.Length);
        return Encoding.ASCII.GetString(Prefix) + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads one and checks its MAC; not its time, nor its rule.</summary>
    /// <param name="key">The gateway's key.</param>
    /// <param name="user">As the client sent it.</param>
    /// <param name="password">As the client sent it.</param>
    /// <param name="bought">What it says.</param>
    public static bool TryVerify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password, out BoughtPassword? bought)
    {
        bought = null;
        if (!IsOne(password) || password.Length > MaxLength) return false;
        var text = password[Prefix.Length..];
        if (text.ContainsAny((byte)' ', (byte)'\n', (byte)'=') || !Base64Url.IsValid(text, out var length) || length < HeadLength + MacLength) return false;
        var bytes = Base64Url.DecodeFromUtf8(text).AsMemory();
        var said = bytes[..^MacLength];
        if (!CryptographicOperations.FixedTimeEquals(Mac(key, user, said.Span), bytes[^MacLength..].Span)) return false;
        bought = new BoughtPassword(said.Slice(4, RuleLength), BinaryPrimitives.ReadUInt32BigEndian(said.Span), Encoding.UTF8.GetString(said[HeadLength..].Span));
        return true;
    }

    // The length in front keeps a name and what follows apart
    private static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> user, ReadOnlySpan<byte> said)
    {
        var message = new byte[Prefix.Length + 4 + user.Length + said.Length];
        Prefix.CopyTo(message);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(Prefix.Length), user.Length);
        user.CopyTo(message.AsSpan(Prefix.Length + 4));
        said.CopyTo(message.AsSpan(Prefix.Length + 4 + user.Length));
        return HMACSHA256.HashData(key, message);
    }

    private static string Cut(string subject)
    {
        if (Encoding.UTF8.GetByteCount(subject) <= MaxSubjectLength) return subject;
        var cut = new StringBuilder();
        var left = MaxSubjectLength - Encoding.UTF8.GetByteCount("…");
        foreach (var rune in subject.EnumerateRunes())
        {
            if ((left -= rune.Utf8SequenceLength) < 0) break;
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }
}
