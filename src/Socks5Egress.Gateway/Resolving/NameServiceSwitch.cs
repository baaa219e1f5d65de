namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// The <c>hosts:</c> line of <c>/etc/nsswitch.conf</c> (nsswitch.conf(5)): whether the gateway's own DNS client gives the answers that the
/// system's resolver would give, or the system has to be asked.
/// </summary>
/// <remarks>
/// <c>files</c> is read here in any case, before all others. <c>dns</c> is what the client does. Three other services answer for names
/// of their own alone, and those names go to the system: <c>mdns*_minimal</c> for <c>*.local</c>, <c>myhostname</c> for this machine's name,
/// <c>_gateway</c> and <c>_outbound</c>. <c>resolve</c> (systemd-resolved) may answer anything; its stub server answers the same, so that the client asks that
/// where <c>resolv.conf</c> names it. With any other service, or an action (<c>[…]</c>) beyond the usual ones, every name goes to the system.
/// </remarks>
internal sealed class NameServiceSwitch
{
    private readonly bool _isPlain, _hasDns, _hasResolve, _hasLocal, _hasOwnName;

    private NameServiceSwitch(bool isPlain, IReadOnlySet<string> services)
    {
        _isPlain = isPlain;
        _hasDns = services.Contains("dns");
        _hasResolve = services.Contains("resolve");
        _hasLocal = services.Any(IsLocalOnly);
        _hasOwnName = services.Contains("myhostname");
    }

    /// <summary>What holds without the file, or without the line in it.</summary>
    public static NameServiceSwitch Absent { get; } = new(true, new HashSet<string> { "files", "dns" });

    public static NameServiceSwitch Parse(string text)
    {
        foreach (var written in text.Split('\n'))
        {
            var line = written.Split('#', 2)[0].Trim();
            if (line.StartsWith("hosts:", StringComparison.Ordinal)) return OfLine(line["hosts:".Length..]);
        }
        return Absent;
    }

    /// <summary>Whether the gateway's own client may answer for a name.</summary>
    /// <param name="name">In lower case, without a trailing dot.</param>
    /// <param name="ownName">This machine's name.</param>
    /// <param name="servers">Whom the client would ask.</param>
    public bool LeavesToClient(string name, string ownName, ResolvConf servers)
    {
        if (!_isPlain || servers.IsForeign || !(_hasResolve ? servers.IsResolvedStub : _hasDns)) return false;
        if (_hasLocal && name.EndsWith(".local", StringComparison.Ordinal)) return false;
        return !_hasOwnName || (name is not ("_gateway" or "_outbound") && !name.Equals(ownName, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsLocalOnly(string service) => service is "mdns_minimal" or "mdns4_minimal" or "mdns6_minimal";

    private static NameServiceSwitch OfLine(string line)
    {
        var services = new HashSet<string>(StringComparer.Ordinal);
        var isPlain = true;
        var last = "";
        // An action may have blanks within its brackets, and need none before them
        foreach (var word in line.Replace("[", " [", StringComparison.Ordinal).Replace("]", "] ", StringComparison.Ordinal).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word[0] == '[' || word[^1] == ']')
            {
                isPlain &= (last, word.ToUpperInvariant()) switch
                {
                    ("resolve", "[!UNAVAIL=RETURN]") or ("dns", _) => true,
                    (_, "[NOTFOUND=RETURN]") => IsLocalOnly(last),
                    _ => false,
                };
                continue;
            }
            last = word;
            services.Add(word);
            isPlain &= IsLocalOnly(word) || word is "files" or "dns" or "resolve" or "myhostname";
        }
        return new NameServiceSwitch(isPlain, services);
    }
}
