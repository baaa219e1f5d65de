using System.Buffers;
using System.Text;
using Socks5Egress.Logging;
using Xunit;

namespace Socks5Egress.Tests.Program.Logging;

public sealed class LineQueueTests
{
    private readonly StubbornStream _output = new();

    [Fact]
    public void Lines_arrive_in_order_and_whole()
    {
        using (var queue = Queue(1 << 20))
            for (var i = 0; i < 1000; i++) queue.Add(Encoding.UTF8.GetBytes($"line {i}\n"));

        Assert.Equal(string.Concat(Enumerable.Range(0, 1000).Select(i => $"line {i}\n")), _output.Text);
    }

    [Fact]
    public void While_the_reader_stands_still_nobody_waits_and_what_has_no_room_is_counted_and_told_later()
    {
        _output.Block();
        using (var queue = Queue(capacity: 100))
        {
            queue.Add("first\n"u8);
            _output.WaitUntilWriting();
            for (var i = 0; i < 30; i++) queue.Add("0123456789"u8);

            Assert.Equal(20, queue.Dropped);
            _output.Unblock();
        }
        Assert.Equal("first\n" + string.Concat(Enumerable.Repeat("0123456789", 10)) + "lost 20\n", _output.Text);
    }

    [Fact]
    public void A_write_that_fails_loses_its_lines_only()
    {
        using (var queue = Queue(1 << 20))
        {
            _output.Failing = true;
            queue.Add("lost\n"u8);
            Assert.True(SpinWait.SpinUntil(() => queue.Dropped == 1, TimeSpan.FromSeconds(30)));

            _output.Failing = false;
            queue.Add("kept\n"u8);
        }
        Assert.Equal("kept\nlost 1\n", _output.Text);
    }

    [Fact]
    public void A_reader_that_never_reads_cannot_hold_the_end_up()
    {
        _output.Block();
        var queue = Queue(100);
        queue.Add("x\n"u8);
        _output.WaitUntilWriting();
        queue.Dispose();

        queue.Add("too late\n"u8);
        Assert.Equal(1, queue.Dropped);
        _output.Unblock();
    }

    [Fact]
    public void A_line_larger_than_the_queue_is_dropped()
    {
        using (var queue = Queue(10))
        {
            queue.Add("0123456789\n"u8);
            Assert.Equal(1, queue.Dropped);
        }
    }

    private LineQueue Queue(int capacity)
        => new(_output, capacity, (buffer, lost) => buffer.Write(Encoding.UTF8.GetBytes($"lost {lost}\n")));
}
