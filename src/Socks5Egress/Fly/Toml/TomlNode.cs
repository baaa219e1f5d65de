namespace Socks5Egress.Fly.Toml;

/// <summary>What a value of a TOML file is. Dates are of no use to Fly.io and count as text.</summary>
internal enum TomlKind : byte
{
    Table,
    Array,
    Text,
    Integer,
    Float,
    Boolean,
}

/// <summary>A value of a TOML file that remembers where it was written.</summary>
/// <param name="Path">Its key with the tables around it, such as <c>services.ports.handlers</c>.</param>
/// <param name="Line">The line its key stands in, from 1; of an array of tables, that of the element's first key.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A scalar's value; empty for tables and arrays.</param>
internal sealed record TomlNode(string Path, int Line, TomlKind Kind, string Text)
{
    /// <summary>What a table holds, by key.</summary>
    public Dictionary<string, TomlNode> Keys { get; } = [];

    /// <summary>What an array holds.</summary>
    public List<TomlNode> Items { get; } = [];

    /// <summary>A value below this one by its dotted path, or null.</summary>
    public TomlNode? this[string path]
    {
        get
        {
            var node = this;
            foreach (var key in path.Split('.'))
            {
                if (!node.Keys.TryGetValue(key, out node)) return null;
            }

            return node;
        }
    }

    /// <summary>The tables of that name: Fly.io takes one table and an array of tables for the same thing.</summary>
    public IEnumerable<TomlNode> Tables(string key)
    {
        if (!Keys.TryGetValue(key, out var node)) return [];
        return node.Kind == TomlKind.Array ? node.Items.Where(item => item.Kind == TomlKind.Table) : [node];
    }

    /// <summary>This value and everything below it.</summary>
    public IEnumerable<TomlNode> All() =>
        Keys.Values.Concat(Items).SelectMany(node => node.All()).Prepend(this);
}
