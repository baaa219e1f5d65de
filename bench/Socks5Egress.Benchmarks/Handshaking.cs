using BenchmarkDotNet.Attributes;

namespace Socks5Egress.Benchmarks;

/// <summary>A whole short session: connect, SOCKS5 handshake, 64 bytes from the target, close. Allocations are those of both ends and the gateway.</summary>
[MemoryDiagnoser]
public class Handshaking
{
    private readonly byte[] _answer = new byte[64];
    private RelayRig? _rig;

    [ParamsAllValues]
    public Way Way { get; set; }

    [GlobalSetup]
    public void Setup() => _rig = new RelayRig(Way);

    [GlobalCleanup]
    public async Task CleanupAsync() => await _rig!.DisposeAsync();

    [Benchmark]
    public void Session()
    {
        using var client = _rig!.Open();
        RelayRig.Fetch(client, _answer);
    }
}
