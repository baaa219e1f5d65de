using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class NameFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly Queue<Action> _work = [];

    [Fact]
    public void Nobody_waits_long_for_a_file_that_is_read_again()
    {
        using var files = new NameFiles(_folder, hostsOnly: true, _work.Enqueue, _time);
        Write("192.0.2.1 db\n");
        Assert.Equal("192.0.2.1", Ask(files)());
        Write("192.0.2.22 db\n");
        _time.Advance(TimeSpan.FromSeconds(3));

        var first = Begin(files);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Null(first());
        // The reading is still under way
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("192.0.2.1", first());
        Assert.True(files.TryGet(out var last));
        Assert.Equal("192.0.2.1", last.Hosts["db"][0].ToString());

        RunAll();
        Assert.True(files.TryGet(out var now));
        Assert.Equal("192.0.2.22", now.Hosts["db"][0].ToString());
    }

    [Fact]
    public void Before_a_file_was_ever_read_everybody_waits()
    {
        using var files = new NameFiles(_folder, hostsOnly: true, _work.Enqueue, _time);
        Write("192.0.2.1 db\n");
        var first = Begin(files);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(first());
        Assert.False(files.TryGet(out _));
        RunAll();
        Assert.Equal("192.0.2.1", first());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Func<string?> Ask(NameFiles files)
    {
        var asked = Begin(files);
        RunAll();
        return asked;
    }

    private static Func<string?> Begin(NameFiles files)
    {
        string? told = null;
        files.WhenFresh(settings => told = settings.Hosts.GetValueOrDefault("db", [IPAddress.None])[0].ToString());
        return () => told;
    }

    private void RunAll()
    {
        while (_work.TryDequeue(out var next)) next();
    }

    private void Write(string hosts) => File.WriteAllText(Path.Combine(_folder, "hosts"), hosts);
}
