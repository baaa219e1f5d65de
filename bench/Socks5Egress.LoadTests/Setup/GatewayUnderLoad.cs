using System.Diagnostics;
using System.Text.Json;

namespace Socks5Egress.LoadTests.Setup;

/// <summary>A gateway of the run's own, with its log read: how it says that sessions ended.</summary>
internal sealed class GatewayUnderLoad : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, long> _ends = [];
    private readonly Task _reading;
    private string _lastWord = "it said nothing";

    private GatewayUnderLoad(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    public int Pid => _process.Id;

    /// <summary><c>socks5://host:port</c>.</summary>
    public string Via { get; private set; } = "";

    public static async Task<GatewayUnderLoad> StartAsync(string program, CancellationToken cancellation)
    {
        string[] arguments = ["run", "--log", "json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--allow", "127.0.0.0/8"];
        var gateway = new GatewayUnderLoad(ChildProcess.Of(new ProcessStartInfo(program, arguments) { RedirectStandardError = true }));
        try
        {
            gateway.Via = "socks5://" + await gateway._ready.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sessions that have ended since the last call, by reason.</summary>
    public SortedDictionary<string, long> TakeEnds()
    {
        lock (_ends)
        {
            var taken = new SortedDictionary<string, long>(_ends, StringComparer.Ordinal);
            _ends.Clear();
            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.EndAsync(_process, Signals.Terminate);
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith('{'))
            {
                _lastWord = line;
                continue;
            }
            using var entry = JsonDocument.Parse(line);
            switch (entry.RootElement.GetProperty("event").GetString())
            {
                case "gateway.ready":
                    _ready.TrySetResult(entry.RootElement.GetProperty("listen")[0].GetString()!);
                    break;
                case "session.end":
                    var end = entry.RootElement.GetProperty("end").GetString()!;
                    lock (_ends) _ends[end] = _ends.GetValueOrDefault(end) + 1;
                    break;
            }
        }
        _ready.TrySetException(new InvalidOperationException($"The gateway ended before it was ready: {_lastWord}"));
    }
}
