using System.Runtime.InteropServices;
using Socks5Egress.Exec.Namespace;

namespace Socks5Egress.Exec;

/// <summary>What a failed step of the helper means, and what the host must allow.</summary>
internal static class Remedies
{
    private const int NotPermitted = 1, NoEntry = 2, AccessDenied = 13, NoSpace = 28, NotImplemented = 38, ProtocolNotSupported = 93, NotSupported = 95;

    public static string Of(HelperMessage failed)
    {
        var what = $"cannot make {failed.Step}: {Marshal.GetPInvokeErrorMessage(failed.Number)}";
        return failed.Number switch
        {
            NoSpace => $"{what}. The limit of namespaces is reached: raise /proc/sys/user/max_user_namespaces and max_net_namespaces, or run as root.",
            NotPermitted or AccessDenied => $"{what}. This host forbids it. Run as root with CAP_SYS_ADMIN and CAP_NET_ADMIN, or allow user namespaces: " +
                "sysctl kernel.apparmor_restrict_unprivileged_userns=0 and kernel.unprivileged_userns_clone=1 where they exist, " +
                "in a container a seccomp profile that allows unshare and clone, such as docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.",
            NoEntry or NotImplemented or ProtocolNotSupported or NotSupported => $"{what}. This kernel lacks it: exec needs network namespaces and nf_tables with NAT (modprobe nf_tables nft_chain_nat nft_redir nft_reject_ipv4 as root).",
            _ => what + ".",
        };
    }
}
