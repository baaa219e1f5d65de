using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;

namespace Socks5Egress.Negotiation.Users;

/// <summary>
/// Checks credentials. Tokens, and passwords that were right once, are answered at once on the caller's thread; a password
/// hash runs on the thread pool, one a core at a time, and at most 64 wait. Make one only where there are users: it loads the
/// system's cryptography.
/// </summary>
/// <remarks>
/// What was right is remembered as an HMAC under a key that lives as long as this object: a memory dump gives no
/// fast hash to guess against. One digest a user is kept, since one password a user is right, so that the memory is bounded by
/// the list and no failed login can push anything out.
/// An unknown user is checked against a hash that nothing fits, of the kind most users have, so that time does not tell names.
/// </remarks>
#pragma warning disable CA1001 // The semaphore's wait handle is never made, so that it owns nothing; a late hash must find it alive
internal sealed class UserVerifier
#pragma warning restore CA1001
{
    /// <summary>Hashes that may wait for a core.</summary>
    public const int QueueLength = 64;

    private const int StackBytes = 1024;

    private readonly byte[] _key;
    private readonly ConcurrentDictionary<string, byte[]> _proven;
    private readonly UserList _users;
    private readonly PasswordHash _hash;
    private readonly StoredPassword _nobody;
    private readonly SemaphoreSlim _cores;
    private readonly LoginThrottle _throttle;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private int _admitted;

    /// <param name="users">Who may log in.</param>
    /// <param name="hash">The expensive part.</param>
    /// <param name="cores">How many hashes run at once.</param>
    /// <param name="time">The clock of the throttle.</param>
    public UserVerifier(UserList users, PasswordHash hash, int cores, TimeProvider time)
    {
        _key = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        _proven = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        _users = users;
        _hash = hash;
        _cores = new SemaphoreSlim(cores);
        _throttle = new LoginThrottle(time);
        _time = time;
        _capacity = cores + QueueLength;
        _nobody = StrangerOf(users);
    }

    private UserVerifier(UserList users, UserVerifier last)
    {
        (_key, _hash, _cores, _throttle, _time, _capacity) = (last._key, last._hash, last._cores, last._throttle, last._time, last._capacity);
        _users = users;
        _proven = new ConcurrentDictionary<string, byte[]>(last._proven.Where(proof => users.HasSame(last._users, proof.Key)), StringComparer.Ordinal);
        _nobody = StrangerOf(users);
    }

    /// <summary>The same for another list. Who has the same password in both stays proven: a reload costs no storm of hashes.</summary>
    public UserVerifier With(UserList users) => new(users, this);

    /// <summary>What is stored of a user's password; null: there is no such user.</summary>
    public StoredPassword? StoredOf(string name) => _users.StoredOf(name);

    /// <summary>What a login that was accepted proves. Ask the verifier that accepted it: another list may have another password.</summary>
    /// <param name="user">As the client sent it.</param>
    public PasswordLogin LoginOf(ReadOnlySpan<byte> user) =>
        _users.TryFind(user, out var name, out var stored) ? new PasswordLogin(name, stored!) : throw new ArgumentException("No user of this list.", nameof(user));

    /// <summary>As <see cref="VerifyAsync"/>, and a source with many wrong logins is answered late.</summary>
    /// <param name="user">As the client sent it.</param>
    /// <param name="password">As the client sent it.</param>
    /// <param name="source">Where the client is.</param>
    public ValueTask<LoginResult> LogInAsync(ReadOnlyMemory<byte> user, ReadOnlyMemory<byte> password, IPAddress source)
    {
        var verifying = VerifyAsync(user, password);
        if (!verifying.IsCompletedSuccessfully) return new(AnswerAsync(verifying.AsTask(), source));
        var result = verifying.Result;
        return result == LoginResult.Refused ? new(AnswerAsync(Task.FromResult(result), source)) : new(result);
    }

    /// <summary>Checks one login. The bytes are as the client sent them: NUL and blanks count.</summary>
    /// <returns>Complete at once, unless a password has to be hashed; then it continues on the thread pool.</returns>
    public ValueTask<LoginResult> VerifyAsync(ReadOnlyMemory<byte> user, ReadOnlyMemory<byte> password)
    {
        var known = _users.TryFind(user.Span, out var name, out var found);
        var stored = found ?? _nobody;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (stored.IsToken)
        {
            SHA256.HashData(password.Span, digest);
            return new(CryptographicOperations.FixedTimeEquals(digest, stored.Hash) && known ? LoginResult.Accepted : LoginResult.Refused);
        }

        Digest(user.Span, password.Span, digest);
        if (_proven.TryGetValue(name, out var proof) && CryptographicOperations.FixedTimeEquals(digest, proof)) return new(LoginResult.Accepted);
        if (Interlocked.Increment(ref _admitted) > _capacity)
        {
            Interlocked.Decrement(ref _admitted);
            return new(LoginResult.Busy);
        }
        // The caller's bytes lie in a pipe, which may move on before a core is free
        return new(HashAsync(name, known, stored, password.ToArray(), digest.ToArray()));
    }

    private async Task<LoginResult> AnswerAsync(Task<LoginResult> verifying, IPAddress source)
    {
        var result = await verifying;
        var wait = result == LoginResult.Refused ? _throttle.CountWrong(source) : TimeSpan.Zero;
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _time);
        return result;
    }

    private static StoredPassword StrangerOf(UserList users) => StoredPassword.Unmatchable(
        users.Passwords.GroupBy(password => password.Iterations).MaxBy(group => group.Count())?.Key ?? StoredPassword.DefaultIterations);

    private async Task<LoginResult> HashAsync(string name, bool known, StoredPassword stored, byte[] password, byte[] digest)
    {
        await _cores.WaitAsync();
        try
        {
            var fits = await Task.Run(() => Fits(stored, password));
            if (!fits || !known) return LoginResult.Refused;
            _proven[name] = digest;
            return LoginResult.Accepted;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
            _cores.Release();
            Interlocked.Decrement(ref _admitted);
        }
    }

    private bool Fits(StoredPassword stored, byte[] password)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash(password, stored.Salt, stored.Iterations, hash);
        // HMAC pads its key with zeros: to PBKDF2 a password and the same with NUL bytes behind it are one
        return CryptographicOperations.FixedTimeEquals(hash, stored.Hash) && password is not [.., 0];
    }

    // The length in front keeps ("ab", "c") and ("a", "bc") apart
    private void Digest(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password, Span<byte> digest)
    {
        var length = sizeof(int) + user.Length + password.Length;
        var rented = length > StackBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        var message = rented is null ? stackalloc byte[StackBytes] : rented;
        message = message[..length];
        BitConverter.TryWriteBytes(message, user.Length);
        user.CopyTo(message[sizeof(int)..]);
        password.CopyTo(message[(sizeof(int) + user.Length)..]);
        HMACSHA256.HashData(_key, message, digest);
        CryptographicOperations.ZeroMemory(message);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
