using System.Net.Security;
using System.Security.Cryptography;
using System.Text;

namespace Socks5Egress.Negotiation.Tls;

/// <summary>
/// The certificate that holds. Both files are read anew every second and taken when they have changed and fit together; what
/// does not fit (one of the two is written first) leaves the old one in force and is said once. By content, not by date: where secrets are
/// mounted, files change by a link somewhere above them.
/// </summary>
internal sealed class CertificateSource : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CertificateFiles _files;
    private readonly Action<string?> _report;
    private readonly ITimer _timer;
    private string? _seen;
    private volatile SslStreamCertificateContext _current;

    /// <param name="files">Where they lie.</param>
    /// <param name="current">What was loaded at start.</param>
    /// <param name="report">Told of a change: null when it is in force, else what is wrong with it.</param>
    /// <param name="time">The clock.</param>
    public CertificateSource(CertificateFiles files, SslStreamCertificateContext current, Action<string?> report, TimeProvider time)
    {
        (_files, _current, _report) = (files, current, report);
        _seen = Look() is { } now ? Digest(now) : null;
        _timer = time.CreateTimer(static state => ((CertificateSource)state!).Refresh(), this, Interval, Interval);
    }

    /// <summary>For the next handshake; those that are under way keep theirs.</summary>
    public SslStreamCertificateContext Current => _current;

    public void Dispose() => _timer.Dispose();

    private void Refresh()
    {
        // A timer does not wait for its last call; a slow disk must not let two of them overlap
        if (!Monitor.TryEnter(_timer)) return;
        try
        {
            if (Look() is not { } now) return;
            var digest = Digest(now);
            if (digest == _seen) return;
            _seen = digest;
            var problem = _files.Make(now.Certificate, now.Key, out var next);
            if (next is not null) _current = next;
            _report(problem);
        }
        finally
        {
            Monitor.Exit(_timer);
        }
    }

    private static string Digest((string Certificate, string Key) files) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(files.Certificate + files.Key)));

    /// <summary>Null while a file is being replaced or cannot be read: the old one holds.</summary>
    private (string Certificate, string Key)? Look()
    {
        try
        {
            return _files.Read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
