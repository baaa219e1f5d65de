using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Checks credentials. Tokens, and passwords that were right once, are answered at once on the caller's thread; a password
/// hash runs on a thread of the <see cref="HashQueue"/>, one a core at a time, and at most 256 wait. Make one only where there are users:
/// it loads the system's cryptography.
/// </summary>
/// <remarks>
/// What was right is remembered as an HMAC under a key that lives as long as this object: a memory dump gives no
/// fast hash to guess against. One digest a user is kept, since one password a user is right, so that the memory is bounded by
/// the list and no failed login can push anything out.
/// A wrong login costs what the most expensive kind in the list costs, whether the name is known or not, so that time does not tell names.
/// </remarks>
internal sealed class UserAuthenticator
{
    /// <summary>Hashes that may wait for a core.</summary>
    public const int QueueLength = 256;

    private const int StackBytes = 1024;

    private readonly byte[] _key;
    // One a user, which all of the user's connections share
    private readonly ConcurrentDictionary<string, PasswordLogin> _logins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _proven;
    private readonly UserList _users;
    private readonly PasswordHash _hash;
    private readonly StoredPassword _nobody;
    private readonly HashQueue _queue;
    private readonly LoginThrottle _throttle;
    private readonly TimeProvider _time;

    /// <param name="users">Who may log in.</param>
    /// <param name="hash">The expensive part.</param>
    /// <param name="cores">How many hashes run at once.</param>
    /// <param name="time">The clock of the throttle.</param>
    public UserAuthenticator(UserList users, PasswordHash hash, int cores, TimeProvider time)
    {
        _key = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        _proven = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        _users = users;
        _hash = hash;
        _throttle = new LoginThrottle(time);
        _queue = new HashQueue(cores, QueueLength, _throttle.RecentlyWrong);
        _time = time;
        _nobody = StrangerOf(users);
    }

    private UserAuthenticator(UserList users, UserAuthenticator last)
    {
        (_key, _hash, _queue, _throttle, _time) = (last._key, last._hash, last._queue, last._throttle, last._time);
        _users = users;
        _proven = new ConcurrentDictionary<string, byte[]>(last._proven.Where(proof => users.HasSame(last._users, proof.Key)), StringComparer.Ordinal);
        _nobody = StrangerOf(users);
    }

    /// <summary>The same for another list. Who has the same password in both stays proven: a reload costs no storm of hashes.</summary>
    public UserAuthenticator With(UserList users) => new(users, this);

    /// <summary>What is stored of a user's password; null: there is no such user.</summary>
    public StoredPassword? StoredOf(string name) => _users.StoredOf(name);

    /// <summary>What a login that was accepted proves. Ask the verifier that accepted it: another list may have another password.</summary>
    /// <param name="user">As the client sent it.</param>
    public PasswordLogin LoginOf(ReadOnlySpan<byte> user) =>
        _users.TryFind(user, out var name, out var stored)
            ? _logins.GetOrAdd(name, static (name, stored) => new PasswordLogin(name, stored), stored!)
            : throw new ArgumentException("No user of this list.", nameof(user));

    /// <summary>As <see cref="VerifyAsync"/>, and a source with many wrong logins is answered late, unless this one is right.</summary>
    /// <param name="user">As the client sent it.</param>
    /// <param name="password">As the client sent it.</param>
    /// <param name="client">Where the client is.</param>
    /// <param name="cancellation">Nobody waits for the answer any more.</param>
    public ValueTask<LoginResult> LogInAsync(
        ReadOnlyMemory<byte> user, ReadOnlyMemory<byte> password, IPAddress client, CancellationToken cancellation = default)
    {
        var source = ClientPrefix.Of(client);
        var verifying = VerifyAsync(user, password, source, cancellation);
        if (!verifying.IsCompletedSuccessfully) return new(AnswerAsync(verifying.AsTask(), source, cancellation));
        var result = verifying.Result;
        return result != LoginResult.Accepted ? new(AnswerAsync(Task.FromResult(result), source, cancellation)) : new(result);
    }

    /// <summary>Checks one login. The bytes are as the client sent them: NUL and blanks count.</summary>
    /// <returns>Complete at once, unless a password has to be hashed; then it continues on the thread pool.</returns>
    public ValueTask<LoginResult> VerifyAsync(
        ReadOnlyMemory<byte> user, ReadOnlyMemory<byte> password, ClientPrefix source = default, CancellationToken cancellation = default)
    {
        var known = _users.TryFind(user.Span, out var name, out var found);
        var stored = found ?? _nobody;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (stored.IsToken)
        {
            SHA256.HashData(password.Span, digest);
            if (CryptographicOperations.FixedTimeEquals(digest, stored.Hash) && known) return new(LoginResult.Accepted);
            if (_nobody.IsToken) return new(LoginResult.Refused);
            // Answered at once, it would tell that there is such a user
            return new(HashAsync(source, name, false, _nobody, password.ToArray(), [], cancellation));
        }

        Digest(user.Span, password.Span, digest);
        if (_proven.TryGetValue(name, out var proof) && CryptographicOperations.FixedTimeEquals(digest, proof))
        {
            _queue.Trust(source);
            return new(LoginResult.Accepted);
        }
        // The caller's bytes lie in a pipe, which may move on before a core is free
        return new(HashAsync(source, name, known, stored, password.ToArray(), digest.ToArray(), cancellation));
    }

    private async Task<LoginResult> AnswerAsync(Task<LoginResult> verifying, ClientPrefix source, CancellationToken cancellation)
    {
        var result = await verifying;
        var wait = result switch
        {
            LoginResult.Refused => _throttle.CountWrong(source),
            // A guess that found the queue full has cost nothing yet: answered at once, it could be made again at once
            LoginResult.Busy => _throttle.Of(source),
            _ => TimeSpan.Zero,
        };
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, cancellation);
        return result;
    }

    private static StoredPassword StrangerOf(UserList users)
        => StoredPassword.Unmatchable(users.Passwords.Select(password => password.Iterations).DefaultIfEmpty(StoredPassword.DefaultIterations).Max());

    private async Task<LoginResult> HashAsync(
        ClientPrefix source, string name, bool known, StoredPassword stored, byte[] password, byte[] digest, CancellationToken cancellation)
    {
        // Not zeroed when it is cancelled: the hash may be running
        var fits = await _queue.RunAsync(source, name, () => Fits(stored, password), cancellation);
        CryptographicOperations.ZeroMemory(password);
        if (fits is not { } right) return LoginResult.Busy;
        if (!right || !known) return LoginResult.Refused;
        _proven[name] = digest;
        _queue.Trust(source);
        return LoginResult.Accepted;
    }

    private bool Fits(StoredPassword stored, byte[] password)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash(password, stored.Salt, stored.Iterations, hash);
        // HMAC pads its key with zeros: to PBKDF2 a password and the same with NUL bytes behind it are one
        if (CryptographicOperations.FixedTimeEquals(hash, stored.Hash) && password is not [.., 0]) return true;
        if (stored.Iterations < _nobody.Iterations) _hash(password, _nobody.Salt, _nobody.Iterations - stored.Iterations, hash);
        return false;
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
