using Socks5Egress.Cli;

namespace Socks5Egress;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        StandardStreams.Complete();
        // Completions run on the thread that got the event, which saves a thread hop a read. The engine reads this at the first use of a socket
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        return CommandLine.RunAsync(args, CommandContext.OfProcess());
    }
}
