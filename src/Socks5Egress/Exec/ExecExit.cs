namespace Socks5Egress.Exec;

/// <summary>The exit codes of <c>exec</c>; all others are the command's. As env(1), nice(1) and timeout(1) have them.</summary>
internal static class ExecExit
{
    /// <summary><c>exec</c> itself failed.</summary>
    public const int OwnFault = 125;

    /// <summary>The command is there and cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>The command is not there.</summary>
    public const int NotFound = 127;

    /// <summary>From the status that waitpid gives: the command's code, or 128 and the number of the signal that ended it.</summary>
    public static int OfStatus(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);

    /// <summary>From the errno of execve.</summary>
    public static int OfExecute(int errno) => errno is 2 or 20 ? NotFound : NotExecutable;
}
