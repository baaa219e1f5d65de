using Socks5Egress.Gateway.Authentication.Tokens;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication.Tokens;

/// <summary>The first three vectors of RFC 8032 section 7.1, and what is near to them.</summary>
public sealed class Ed25519Tests
{
    /// <summary>Key, message, signature.</summary>
    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory, MemberData(nameof(Vectors))]
    public void A_vector_is_verified_and_nothing_near_it(string key, string message, string signature)
    {
        var (k, m, s) = (Convert.FromHexString(key), Convert.FromHexString(message), Convert.FromHexString(signature));
        Assert.True(Ed25519.Verify(k, m, s));
        for (var bit = 0; bit < 512; bit++)
        {
            var other = (byte[])s.Clone();
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Ed25519.Verify(k, m, other));
        }
        Assert.False(Ed25519.Verify(k, [.. m, 0], s));
        Assert.False(Ed25519.Verify(k, m, s.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(k.AsSpan(0, 31), m, s));
        // S + L: the same signature to a reader that does not compare S with the order of the group (RFC 8032 section 5.1.7)
        Assert.False(Ed25519.Verify(k, m, [.. s[..32], .. PlusOrder(s[32..])]));
    }

    private static byte[] PlusOrder(byte[] s)
    {
        var order = System.Numerics.BigInteger.Parse("7237005577332262213973186563042994240857116359379907606001950938285454250989");
        var sum = (new System.Numerics.BigInteger(s, isUnsigned: true) + order).ToByteArray(isUnsigned: true);
        return [.. sum, .. new byte[32 - sum.Length]];
    }
}
