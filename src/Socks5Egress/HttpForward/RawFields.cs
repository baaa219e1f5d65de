namespace Socks5Egress.HttpForward;

/// <summary>
/// What Kestrel repairs or overwrites in a request head, as the client wrote it. A proxy has to refuse what a server may repair: with two
/// lengths Kestrel renames one, it takes <c>+5</c> for a length, and it replaces the whole value of Connection where it knows one of the options.
/// </summary>
/// <remarks>
/// <see cref="RawFieldEncoding"/> notes the fields on the thread that parses; <see cref="RawFieldReader"/> takes the notes when the parser gives
/// its buffer back, which it does on the same thread before anything else happens there.
/// </remarks>
internal struct RawFields
{
    [ThreadStatic]
    private static RawFields _noted;

    /// <summary>The values of Connection, joined by commas; null without one.</summary>
    public string? Connection { get; private set; }

    /// <summary>How many Content-Length fields there were.</summary>
    public int Lengths { get; private set; }

    /// <summary>How many Transfer-Encoding fields there were.</summary>
    public int Codings { get; private set; }

    /// <summary>What was noted on this thread since the last call.</summary>
    public static RawFields Take()
    {
        var noted = _noted;
        _noted = default;
        return noted;
    }

    public static void NoteConnection(string value) => _noted.Connection = Joined(_noted.Connection, value);

    public static void NoteLength() => _noted.Lengths++;

    public static void NoteCoding() => _noted.Codings++;

    /// <summary>A head may come in pieces.</summary>
    public void Add(in RawFields more)
    {
        if (more.Connection is not null) Connection = Joined(Connection, more.Connection);
        Lengths += more.Lengths;
        Codings += more.Codings;
    }

    private static string Joined(string? before, string value) => before is null ? value : before + "," + value;
}
