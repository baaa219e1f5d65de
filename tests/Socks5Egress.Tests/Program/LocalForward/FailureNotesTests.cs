using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Client;
using Socks5Egress.LocalForward;
using Xunit;

namespace Socks5Egress.Tests.Program.LocalForward;

public sealed class FailureNotesTests
{
    [Fact]
    public void The_same_line_is_said_once_in_five_seconds()
    {
        var time = new FakeTimeProvider();
        using var error = new StringWriter();
        var notes = new FailureNotes(new ForwardLog(error, json: false, time), time);
        var failures = new Socks5Errors(new Socks5Proxy("gw"), "db:5432");

        notes.Say("db:5432", failures.NoMethod());
        notes.Say("db:5432", failures.NoMethod());
        notes.Say("other:5432", failures.NoMethod());
        Assert.Equal(2, error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        time.Advance(TimeSpan.FromSeconds(5));
        notes.Say("db:5432", failures.NoMethod());
        Assert.Equal(3, error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
