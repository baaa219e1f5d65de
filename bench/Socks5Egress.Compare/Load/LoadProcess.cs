namespace Socks5Egress.Compare.Load;

/// <summary>The load process: one measurement, one sample.</summary>
internal static class LoadProcess
{
    public static Sample Run(LoadOptions options)
    {
        if (options.Core >= 0) Libc.Pin(options.Core);
        using TargetControl target = new(options.Target);
        using Generator generator = options.Kind switch
        {
            LoadKind.Download or LoadKind.Upload => new Bulk(options, target),
            LoadKind.RequestReply => new RequestReply(options, target),
            LoadKind.OpenLoop => new OpenLoop(options, target),
            LoadKind.Connect => new Connects(options, target),
            LoadKind.Hold => new Hold(options, target),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "This is no kind of load."),
        };
        return generator.Run();
    }
}
