using System.Net;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Logging;
using Socks5Egress.Protocol;

namespace Socks5Egress.Benchmarks;

/// <summary>What the line of a finished session costs the event loop that writes it: formatting, and handing it to the thread that writes.</summary>
[MemoryDiagnoser]
public class SessionLines
{
    private StandardErrorLoggerProvider _provider = null!;
    private ILogger _logger = null!;
    private SessionRecord _record = null!;

    [Params(true, false)]
    public bool Json { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _provider = new StandardErrorLoggerProvider(Json, TimeProvider.System, Stream.Null);
        _logger = _provider.CreateLogger("sessions");
        _record = new SessionRecord(1, "127.0.0.1:1080", new IPEndPoint(IPAddress.Loopback, 51000), TimeProvider.System)
        {
            User = "app", Protocol = "socks5", Command = "connect", Target = Destination.Of("db.eu-west-1.rds.example.com", 5432),
        };
        _record.Requested();
        _record.Connected(new IPEndPoint(new IPAddress([203, 0, 113, 9]), 5432), new IPEndPoint(new IPAddress([198, 51, 100, 7]), 40001));
        _record.Ended(EndReason.ClientFin);
    }

    [Benchmark]
    public void Line() => SessionLog.Ended(_logger, _record);

    [GlobalCleanup]
    public void TearDown() => _provider.Dispose();
}
