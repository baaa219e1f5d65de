using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Drivers of other languages, each asking its server once which address it sees.</summary>
internal static class DriverScripts
{
    /// <summary>Debian's, for which Debian's drivers are made; another one may come first in the path.</summary>
    private const string Python = "/usr/bin/python3";

    public static Task<ProgramResult> PythonAsync(string driver, IPEndPoint place, string? certificate, string? user, string? password, SocksProxy? proxy, string? sslMode = null)
    {
        var variables = Variables(place, certificate, user, password, proxy);
        if (sslMode is not null) variables["SSLMODE"] = sslMode;
        return ExternalProgram.RunAsync(Python, [RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "python", "query.py"), driver], variables);
    }

    public static Task<ProgramResult> NodeAsync(string driver, IPEndPoint place, string? certificate, string? user, string? password, SocksProxy? proxy) =>
        ExternalProgram.RunAsync("node", [RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node", "driver.mjs"), driver],
            Variables(place, certificate, user, password, proxy));

    private static Dictionary<string, string> Variables(IPEndPoint place, string? certificate, string? user, string? password, SocksProxy? proxy)
    {
        var variables = new Dictionary<string, string>
        {
            ["HOST"] = place.Address.ToString(),
            ["PORT"] = place.Port.ToString(CultureInfo.InvariantCulture),
            ["NAME"] = "localhost",
            ["CA_FILE"] = certificate ?? "",
            ["DB_USER"] = user ?? "",
            ["DB_PASSWORD"] = password ?? "",
        };
        proxy?.AddTo(variables);
        return variables;
    }
}
