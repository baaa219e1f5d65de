using Microsoft.Extensions.Logging;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Gateway;

/// <summary>What <see cref="EndTable"/> says of a reason, in the words of those who ask.</summary>
internal static class EndReasons
{
    private static readonly string[] Names = [.. Enum.GetNames<EndReason>().Select(Kebab)];

    /// <summary>The SOCKS5 reply.</summary>
    public static ReplyCode ToSocks5(this EndReason reason) => EndTable.Of(reason).Socks5;

    /// <summary>The HTTP status of a refused request.</summary>
    public static int ToHttpStatus(this EndReason reason) => EndTable.Of(reason).Http;

    /// <summary>The level of the one line a session gets.</summary>
    public static LogLevel Level(this EndReason reason) => EndTable.Of(reason).Level;

    /// <summary>Where the end came from: <c>client</c>, <c>target</c> or <c>gateway</c>.</summary>
    public static string Side(this EndReason reason) => EndTable.Of(reason).Side switch
    {
        EndSide.Client => "client",
        EndSide.Target => "target",
        EndSide.Gateway => "gateway",
        var unknown => throw new ArgumentOutOfRangeException(nameof(reason), unknown, "a side without a name"),
    };

    /// <summary>How the side that ended it closed its connection: <c>fin</c>, <c>rst</c>, or null when nothing was closed on the wire.</summary>
    public static string? Closed(this EndReason reason) => EndTable.Of(reason).Close switch
    {
        EndClose.NotClosed => null,
        EndClose.Fin => "fin",
        EndClose.Rst => "rst",
        var unknown => throw new ArgumentOutOfRangeException(nameof(reason), unknown, "a close without a name"),
    };

    /// <summary>The name in logs and metrics: the member's name in kebab case, part of the contract.</summary>
    public static string ToKebab(this EndReason reason) => Names[(int)reason];

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
