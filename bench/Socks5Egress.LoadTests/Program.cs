using System.Net;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        if (args is ["target"]) return TargetServer.RunAsync(IPAddress.Loopback);
        var options = new LoadOptions();
        options.Root.SetAction((parsed, cancellation) => LoadProgram.RunAsync(options.Of(parsed), cancellation));
        return options.Root.Parse(args).InvokeAsync();
    }
}
