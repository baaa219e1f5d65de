namespace Socks5Egress;

internal static class Program
{
    private static int Main() => 0;
}
