using System.Runtime.Versioning;

// /proc, mount namespaces and Debian's PostgreSQL
[assembly: SupportedOSPlatform("linux")]
