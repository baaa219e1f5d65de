using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Unicode;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>Users and what proves that one is who they say. Names are UTF-8 on the wire and compared byte by byte.</summary>
internal sealed class UserList
{
    /// <summary>Nobody: no authentication.</summary>
    public static readonly UserList Empty = Of(FrozenDictionary<string, StoredPassword>.Empty);

    /// <summary>The length of a name on the wire, in bytes, that RFC 1929 has room for.</summary>
    public const int MaxNameBytes = 255;

    private readonly FrozenDictionary<string, (string Name, StoredPassword Password)> _users;

    private UserList(IReadOnlyDictionary<string, StoredPassword> users)
        => _users = users.ToFrozenDictionary(user => user.Key, user => (user.Key, user.Value), StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count => _users.Count;

    /// <summary>Their names, in no order.</summary>
    public ImmutableArray<string> Names => _users.Keys;

    /// <summary>A list of these users.</summary>
    public static UserList Of(IReadOnlyDictionary<string, StoredPassword> users) => new(users);

    /// <summary>The stored passwords, in no order.</summary>
    public IEnumerable<StoredPassword> Passwords => _users.Values.Select(user => user.Password);

    /// <summary>What is stored of a user's password; null: there is no such user.</summary>
    public StoredPassword? StoredOf(string name) => _users.TryGetValue(name, out var user) ? user.Password : null;

    /// <summary>Whether what is stored of a user is the same in both lists.</summary>
    public bool HasSame(UserList other, string name) =>
        StoredOf(name) is { } one && other.StoredOf(name) is { } two && one.IsSame(two);

    /// <summary>Looks up the name that a client sent. Allocates nothing.</summary>
    /// <param name="utf8">As sent: NUL and blanks count, and bytes that are no UTF-8 are nobody's name.</param>
    /// <param name="name">The list's own string of it, for logs and rules.</param>
    /// <param name="password">What is stored.</param>
    public bool TryFind(ReadOnlySpan<byte> utf8, out string name, out StoredPassword? password)
    {
        Span<char> text = stackalloc char[MaxNameBytes];
        if (utf8.Length <= MaxNameBytes && Utf8.ToUtf16(utf8, text, out _, out var length, replaceInvalidSequences: false) == OperationStatus.Done
            && _users.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out var user))
        {
            (name, password) = user;
            return true;
        }
        (name, password) = ("", null);
        return false;
    }
}
