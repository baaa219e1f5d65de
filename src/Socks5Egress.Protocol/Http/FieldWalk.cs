namespace Socks5Egress.Protocol.Http;

/// <summary>
/// Steps through the field lines of a head that a reader has taken, and knows which of them end with this connection.
/// </summary>
/// <param name="head">All bytes of the head.</param>
/// <param name="firstField">Where the first field line is.</param>
/// <param name="firstConnection">Where the first Connection field is; 0: there is none.</param>
internal ref struct FieldWalk(ReadOnlySpan<byte> head, int firstField, int firstConnection)
{
    private readonly ReadOnlySpan<byte> _head = head;
    private HeadLines _lines = new(head, head.Length) { Position = firstField };

    /// <summary>The name of the present field.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Its value, without the blanks around it.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Which field it is.</summary>
    public KnownField Field { get; private set; }

    /// <summary>Whether Connection names it.</summary>
    public readonly bool IsNamed => firstConnection > 0 && Names(_head, firstConnection, Name);

    /// <summary>Steps to the next field; false at the end of the head.</summary>
    public bool Next()
    {
        if (_lines.Next(out var range, out _) != ParseStatus.Done || range.Start.Value == range.End.Value) return false;
        var line = _head[range];
        // Its reader has taken it already
        _ = FieldLine.TryParseLoosely(line, out var name, out var value);
        Name = line[name];
        Value = line[value];
        Field = KnownFields.Of(Name);
        return true;
    }

    /// <summary>Whether a Connection field of this head names a field.</summary>
    public static bool Names(ReadOnlySpan<byte> head, int firstConnection, ReadOnlySpan<byte> name)
    {
        var others = new FieldWalk(head, firstConnection, 0);
        while (others.Next())
        {
            if (others.Field == KnownField.Connection && TokenList.Contains(others.Value, name)) return true;
        }
        return false;
    }
}
