namespace Socks5Egress;

/// <summary>The exit codes that scripts rely on.</summary>
internal static class ExitCode
{
    /// <summary>Done; for <c>run</c>: stopped by a signal.</summary>
    public const int Done = 0;

    /// <summary>It failed, or it found fault.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;
}
