using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Listening;
using Socks5Egress.Tests.Transport;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Listening;

public sealed class AcceptLoopTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedAcceptor _acceptor = new();
    private readonly List<ILeg> _begun = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly AcceptLoop _loop;

    public AcceptLoopTests() => _loop = new AcceptLoop(_acceptor, _begun.Add, NullLogger.Instance, _time);

    [Fact]
    public async Task It_is_healthy_again_as_soon_as_accepting_waits_without_a_client_that_comes()
    {
        var running = _loop.RunAsync(_closing.Token);
        _acceptor.Answer(SocketError.TooManyOpenSockets);
        Assert.False(_loop.Healthy);
        Pass(5);
        Assert.False(_loop.Healthy);
        // Asked again: nothing fails, and nobody comes
        Pass(300);
        Assert.True(_loop.Healthy);
        await EndAsync(running);
    }

    [Fact]
    public async Task It_stays_unhealthy_while_every_accept_fails_and_waits_longer_and_longer()
    {
        var running = _loop.RunAsync(_closing.Token);
        _acceptor.FailsAlways = SocketError.TooManyOpenSockets;
        _acceptor.Answer(SocketError.TooManyOpenSockets);
        for (var i = 0; i < 100; i++)
        {
            Pass(50);
            Assert.False(_loop.Healthy);
        }
        Assert.InRange(_loop.Failures, 8, 16);
        _acceptor.FailsAlways = SocketError.Success;
        Pass(2000);
        Assert.True(_loop.Healthy);
        await EndAsync(running);
    }

    [Fact]
    public async Task Errors_of_single_connections_cost_nothing_and_a_series_of_them_does_not_spin()
    {
        var running = _loop.RunAsync(_closing.Token);
        for (var i = 0; i < 63; i++) _acceptor.Answer(SocketError.SocketError);
        Assert.Equal(0, _loop.Failures);
        _acceptor.FailsAlways = SocketError.SocketError;
        _acceptor.Answer(SocketError.SocketError);
        var asked = _acceptor.Asked;
        Pass(4);
        Assert.Equal(asked, _acceptor.Asked);
        _acceptor.FailsAlways = SocketError.Success;
        Pass(10);
        await EndAsync(running);
    }

    [Fact]
    public async Task An_exception_leaves_the_listener_open_and_the_loop_unhealthy_and_it_runs_again()
    {
        var running = _loop.RunAsync(_closing.Token);
        _acceptor.Throw(new NotSupportedException());
        await Assert.ThrowsAsync<NotSupportedException>(() => running);
        Assert.False(_loop.Healthy);
        Assert.False(_acceptor.Disposed);
        running = _loop.RunAsync(_closing.Token);
        _acceptor.Answer(new MemoryLeg());
        Assert.Single(_begun);
        Assert.True(_loop.Healthy);
        await EndAsync(running);
        Assert.True(_acceptor.Disposed);
    }

    [Fact]
    public async Task A_listener_that_is_closed_under_it_is_a_fault_and_not_an_end()
    {
        var running = _loop.RunAsync(_closing.Token);
        _acceptor.Answer(SocketError.OperationAborted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => running);
        Assert.False(_loop.Healthy);
    }

    private void Pass(int milliseconds)
    {
        for (; milliseconds > 0; milliseconds--) _time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private async Task EndAsync(Task running)
    {
        await _closing.CancelAsync();
        _acceptor.Answer(SocketError.OperationAborted);
        await running;
    }

    /// <summary>Answers when the test says so, on the test's thread.</summary>
    private sealed class ScriptedAcceptor : IAcceptor
    {
        private TaskCompletionSource<Accepted> _asked = new();

        public IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 1080);

        public SocketError FailsAlways { get; set; }

        public int Asked { get; private set; }

        public bool Disposed { get; private set; }

        public ValueTask<Accepted> AcceptAsync(CancellationToken cancellation)
        {
            Asked++;
            _asked = new TaskCompletionSource<Accepted>();
            return FailsAlways == SocketError.Success ? new(_asked.Task) : new(new Accepted(null, FailsAlways));
        }

        public void Answer(SocketError error) => _asked.TrySetResult(new Accepted(null, error));

        public void Answer(ILeg leg) => _asked.TrySetResult(new Accepted(leg, SocketError.Success));

        public void Throw(Exception exception) => _asked.TrySetException(exception);

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return default;
        }
    }
}
