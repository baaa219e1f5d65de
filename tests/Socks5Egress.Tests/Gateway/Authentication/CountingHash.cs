using System.Security.Cryptography;
using System.Text;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Tests.Gateway.Authentication;

/// <summary>A cheap stand-in for PBKDF2 that counts, and waits at a gate.</summary>
internal sealed class CountingHash
{
    private int _count, _now, _most;

    public int Count
    {
        get => _count;
        set => _count = value;
    }

    public int MostAtOnce => _most;

    /// <summary>Of all that ran.</summary>
    public int Iterations { get; set; }

    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>The stored form that this hash gives.</summary>
    public static StoredPassword Store(string password, int iterations)
    {
        var salt = new byte[16];
        var hash = new byte[32];
        Hash(Encoding.UTF8.GetBytes(password), hash);
        Assert(StoredPassword.Parse($"pbkdf2-sha256:{iterations}:{Convert.ToBase64String(salt)}:{Convert.ToBase64String(hash)}", out var stored));
        return stored!;
    }

    public void Compute(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations, Span<byte> hash)
    {
        Interlocked.Increment(ref _count);
        var now = Interlocked.Increment(ref _now);
        lock (Gate) _most = Math.Max(_most, now);
        Iterations += iterations;
        Gate.Wait();
        Hash(password, hash);
        Interlocked.Decrement(ref _now);
    }

    private static void Hash(ReadOnlySpan<byte> password, Span<byte> hash) => SHA256.HashData(password, hash);

    private static void Assert(string? error) => Xunit.Assert.Null(error);
}
