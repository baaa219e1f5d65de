namespace Socks5Egress.LoadTests;

/// <summary>One line on standard error: rewritten on a terminal, elsewhere a line each time the scenario's step changes.</summary>
internal static class Progress
{
    private static string _last = "";

    public static void Say(string text)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\r\e[K" + text);
            return;
        }
        // Figures go on for ever; a log wants the steps
        var step = text.Any(char.IsAsciiDigit) ? text[..text.IndexOf(':', StringComparison.Ordinal)] + ": running" : text;
        if (step == _last) return;
        _last = step;
        Console.Error.WriteLine(step);
    }

    public static void Clear()
    {
        if (!Console.IsErrorRedirected) Console.Error.Write("\r\e[K");
    }
}
