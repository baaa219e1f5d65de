using System.Net.Sockets;
using BenchmarkDotNet.Attributes;

namespace Socks5Egress.Benchmarks;

/// <summary>
/// A request of four bytes up and an answer down through an open session: the whole way, client and target included.
/// Beside the gateway's transports stands a bare loop over two sockets. In steady state nothing may be allocated.
/// </summary>
[MemoryDiagnoser]
public class Relaying
{
    private RelayRig? _rig;
    private Socket? _client;
    private byte[] _answer = [];

    [ParamsAllValues]
    public Way Way { get; set; }

    [Params(64, 16 * 1024, 1024 * 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _rig = new RelayRig(Way);
        _client = _rig.Open();
        _answer = new byte[Size];
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _client!.Dispose();
        await _rig!.DisposeAsync();
    }

    [Benchmark]
    public void Fetch() => RelayRig.Fetch(_client!, _answer);
}
