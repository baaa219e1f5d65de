using System.CommandLine;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.Protocol;

namespace Socks5Egress.LoadTests;

internal static class Program
{
    /// <summary>The run could not begin, or could not go on.</summary>
    private const int CannotRun = 2;

    /// <returns>0 when every limit was kept, 1 when one was crossed, 2 when there was no run, 128 and the number of the signal that ended it.</returns>
    private static async Task<int> Main(string[] args)
    {
        if (args is ["target", var text] && AddressLiteral.TryParse(text, out var address)) return await TargetServer.RunAsync(address);
        var options = new LoadOptions();
        options.Root.SetAction((parsed, _) => RunAsync(options.Of(parsed)));
        var parsed = options.Root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? CannotRun : code;
    }

    private static async Task<int> RunAsync(LoadRequest request)
    {
        using var interruption = new Interruption();
        try
        {
            return await LoadProgram.RunAsync(request, interruption.Token);
        }
        catch (Exception) when (interruption.ExitCode != 0)
        {
            Progress.Clear();
            await Console.Error.WriteLineAsync("interrupted: there is no report, and everything that was started has ended");
            return interruption.ExitCode;
        }
        catch (Exception exception)
        {
            Progress.Clear();
            await Console.Error.WriteLineAsync($"loadtests: {exception.Message}");
            return CannotRun;
        }
    }
}
