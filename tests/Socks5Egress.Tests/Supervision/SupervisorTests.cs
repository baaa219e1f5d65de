using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Supervision;

public sealed class SupervisorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<(string Name, Exception Fault)> _faults = [];
    private readonly Supervisor _supervisor;

    public SupervisorTests()
    {
        _supervisor = new Supervisor(_time);
        _supervisor.ReportTo((name, fault) => _faults.Add((name, fault)));
    }

    [Fact]
    public void A_timer_that_throws_is_reported_by_name_and_goes_on()
    {
        var runs = 0;
        using var timer = _supervisor.Every("sweep", TimeSpan.FromSeconds(1), () =>
        {
            if (++runs == 1) throw new InvalidOperationException("once");
        });
        Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(3, runs);
        Assert.Equal("sweep", Assert.Single(_faults).Name);
        Assert.Empty(_supervisor.Failing);
    }

    [Fact]
    public void A_timer_that_fails_again_and_again_pauses_longer_and_longer_and_is_named_until_it_recovers()
    {
        var broken = true;
        using var timer = _supervisor.Every("sweep", TimeSpan.FromMilliseconds(50), () =>
        {
            if (broken) throw new InvalidOperationException();
        }, isEssential: true);
        Pass(TimeSpan.FromMilliseconds(100));
        Assert.Empty(_supervisor.Failing);
        Pass(TimeSpan.FromSeconds(60));
        // 250 ms doubling to 15 s, where every tick of 50 ms would be 1,200
        Assert.InRange(_faults.Count, BackgroundHealth.FailuresToTell, 12);
        Assert.Equal(("sweep", true), _supervisor.Failing.Select(work => (work.Name, work.IsEssential)).Single());
        broken = false;
        Pass(TimeSpan.FromSeconds(20));
        Assert.Empty(_supervisor.Failing);
    }

    [Fact]
    public async Task A_loop_that_throws_begins_anew_after_a_pause()
    {
        var lives = 0;
        await using var loop = _supervisor.Loop("reload", async stop =>
        {
            if (++lives < 3) throw new InvalidOperationException();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        });
        Assert.Equal(1, lives);
        Pass(TimeSpan.FromMilliseconds(250));
        Assert.Equal(2, lives);
        Pass(TimeSpan.FromMilliseconds(250));
        Assert.Equal(2, lives);
        Pass(TimeSpan.FromMilliseconds(250));
        Assert.Equal(3, lives);
        Assert.Equal(["reload", "reload"], _faults.Select(fault => fault.Name));
    }

    [Fact]
    public async Task A_loop_has_recovered_when_it_has_run_for_a_minute()
    {
        var lives = 0;
        await using var loop = _supervisor.Loop("reload", async stop =>
        {
            if (++lives <= BackgroundHealth.FailuresToTell) throw new InvalidOperationException();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        });
        Pass(TimeSpan.FromSeconds(5));
        Assert.Equal("reload", Assert.Single(_supervisor.Failing).Name);
        Pass(TimeSpan.FromMinutes(1));
        Assert.Empty(_supervisor.Failing);
    }

    [Fact]
    public async Task Disposal_of_a_loop_waits_for_its_end_and_a_pause_does_not_hold_it_up()
    {
        var (ended, release) = (false, new TaskCompletionSource());
        var loop = _supervisor.Loop("checks", async stop =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await release.Task;
            ended = true;
        });
        var disposal = loop.DisposeAsync();
        Assert.False(disposal.IsCompleted);
        release.SetResult();
        await disposal;
        Assert.True(ended);

        var broken = _supervisor.Loop("checks", _ => throw new InvalidOperationException());
        await broken.DisposeAsync();
    }

    [Fact]
    public void A_cancellation_callback_that_throws_is_reported_and_the_others_still_run()
    {
        using var source = new CancellationTokenSource();
        var ran = 0;
        source.Token.Register(() => ran++);
        source.Token.Register(static () => throw new InvalidOperationException());
        source.Token.Register(() => ran++);
        _supervisor.Cancel("deadlines", source);
        Assert.Equal(2, ran);
        Assert.Equal("deadlines", Assert.Single(_faults).Name);
    }

    [Fact]
    public void Work_that_nobody_awaits_is_reported_when_it_throws_and_not_when_it_was_cancelled()
    {
        _supervisor.Run("session", static () => throw new InvalidOperationException());
        _supervisor.Run("datagram", static () => Task.FromCanceled(new CancellationToken(canceled: true)));
        Assert.Equal("session", Assert.Single(_faults).Name);
    }

    [Fact]
    public async Task What_work_on_its_own_thread_awaits_comes_back_to_that_thread()
    {
        Thread? before = null, after = null;
        await Supervisor.OnThreadAsync("own", async () =>
        {
            before = Thread.CurrentThread;
            await Task.Yield();
            await Task.Run(static () => { });
            after = Thread.CurrentThread;
        });
        Assert.Same(before, after);
        Assert.Equal("own", before!.Name);
        await Assert.ThrowsAsync<InvalidOperationException>(static () => Supervisor.OnThreadAsync("own", static () => throw new InvalidOperationException()));
    }

    [Fact]
    public void The_timers_of_the_process_do_not_fire_on_the_pool_and_survive_a_failing_one()
    {
        var supervisor = new Supervisor(TimeProvider.System, new TimerThread());
        supervisor.ReportTo(static (_, _) => { });
        using var fired = new CountdownEvent(5);
        var onPool = false;
        using var broken = supervisor.Every("broken", TimeSpan.FromMilliseconds(1), static () => throw new InvalidOperationException());
        using var good = supervisor.Every("good", TimeSpan.FromMilliseconds(1), () =>
        {
            onPool |= Thread.CurrentThread.IsThreadPoolThread;
            if (!fired.IsSet) fired.Signal();
        });
        Assert.True(fired.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.False(onPool);
    }

    [Fact]
    public void A_thread_that_throws_begins_anew()
    {
        var lives = 0;
        var thread = _supervisor.StartThread("loop", () =>
        {
            if (++lives == 1) throw new InvalidOperationException();
        });
        thread.Join();
        Assert.Equal(2, lives);
        Assert.Equal("loop", Assert.Single(_faults).Name);
    }

    private void Pass(TimeSpan span)
    {
        for (var step = TimeSpan.FromMilliseconds(50); span > TimeSpan.Zero; span -= step) _time.Advance(step);
    }
}
