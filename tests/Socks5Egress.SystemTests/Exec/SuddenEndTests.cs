using System.Diagnostics;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>Whatever becomes of <c>exec</c>, nothing of it stays.</summary>
public sealed class SuddenEndTests
{
    [Fact]
    public async Task After_kill_9_nothing_is_left()
    {
        using var gateway = new ReplyGateway();
        var starts = LongRun.Wanted ? 1000 : 50;
        var mark = "left-behind-" + Guid.NewGuid().ToString("N");
        for (var i = 0; i < starts; i++)
        {
            var words = ExecProgram.Words(ExecProgram.Users[i % 2], gateway.Via, [], ["sh", "-c", "setsid sleep 600 & echo up; exec sleep 600 # " + mark]);
            using var process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })!;
            using var deadline = Deadline.Token();
            // In the middle of the start, at another point each time; every fifth runs
            if (i % 5 == 0) await process.StandardOutput.ReadLineAsync(deadline.Token);
            else await Task.Delay(i * 7 % 160, deadline.Token);
            process.Kill();
            await process.WaitForExitAsync(deadline.Token);
        }

        await Deadline.UntilAsync(() => Left(mark).Count == 0, () => "Left: " + string.Join("; ", Left(mark)));
        await Deadline.UntilAsync(() => gateway.Open == 0, () => "Connections are open");
    }

    [Fact]
    public async Task Two_dozen_side_by_side_do_not_meet()
    {
        using var gateway = new ReplyGateway();
        var all = await Task.WhenAll(Enumerable.Range(0, LongRun.Wanted ? 200 : 24).Select(i => ExecProgram.RunAsync(
            ExecProgram.Users[i % 2], gateway.Via, ExecProgram.Python, "-c", $"import socket; s = socket.create_connection(('n{i}.test', 80)); s.sendall(b'{i}'); print(s.recv(9).decode())")));
        Assert.All(all.Index(), each => Assert.Equal($"{each.Index}\n", each.Item.Output));
    }

    private static List<string> Left(string mark)
    {
        var left = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[6])))
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(process, "cmdline"));
                if (words.Contains(mark, StringComparison.Ordinal)) left.Add($"{process} {words.Replace('\0', ' ')}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended
            }
        }

        return left;
    }
}
