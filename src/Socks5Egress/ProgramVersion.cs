using System.Reflection;

namespace Socks5Egress;

/// <summary>Which version of the program this is.</summary>
internal static class ProgramVersion
{
    /// <summary>Without the commit that it was built from.</summary>
    public static readonly string Text =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
