using Spectre.Console;
using Spectre.Console.Rendering;

namespace Socks5Egress.Cli;

/// <summary>One text after another in the same place of a terminal; elsewhere one below the other.</summary>
internal static class LiveScreen
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <param name="context">Where to show it.</param>
    /// <param name="next">The text, anew every second.</param>
    /// <param name="stop">Ends it. What was shown last stays.</param>
    public static Task RunAsync(CommandContext context, Func<CancellationToken, Task<string>> next, CancellationToken stop)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Output) });
        if (!context.OutputIsTerminal || !console.Profile.Capabilities.Ansi) return ShowAsync(context.Output.WriteLine, next, stop);
        return console.Live(new Text("")).Overflow(VerticalOverflow.Ellipsis).StartAsync(live => ShowAsync(text => live.UpdateTarget(Rows(text)), next, stop));
    }

    private static async Task ShowAsync(Action<string> show, Func<CancellationToken, Task<string>> next, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat, TimeProvider.System);
        try
        {
            do show(await next(stop));
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it ends
        }
    }

    private static Rows Rows(string text) => new(text.TrimEnd('\n').Split('\n').Select(line => (IRenderable)new Text(line.Length == 0 ? " " : line, StyleOf(line))));

    /// <summary>Titles stand at the margin.</summary>
    private static Style StyleOf(string line) => line switch
    {
        _ when line.StartsWith("Ready", StringComparison.Ordinal) => new Style(Color.Green, decoration: Decoration.Bold),
        _ when line.StartsWith("Not ready", StringComparison.Ordinal) => new Style(Color.Red, decoration: Decoration.Bold),
        _ when line.Length > 0 && char.IsAsciiLetterUpper(line[0]) => new Style(decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
