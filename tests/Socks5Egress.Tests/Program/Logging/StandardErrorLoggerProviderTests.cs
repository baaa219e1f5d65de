using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Logging;
using Xunit;

namespace Socks5Egress.Tests.Program.Logging;

public sealed partial class StandardErrorLoggerProviderTests
{
    private readonly StubbornStream _output = new();

    [Fact]
    public void An_event_with_fields_has_no_message()
        => Assert.Equal(
            """{"time":"2026-11-24T10:00:00.007Z","level":"info","event":"gateway.ready","listen":["127.0.0.1:1080"],"admin":null}""" + "\n",
            Logged(logger => Ready(logger, ["127.0.0.1:1080"], null)));

    [Fact]
    public void An_event_without_fields_has_its_message_and_one_without_a_name_its_category()
        => Assert.EndsWith(
            """ "level":"warn","event":"Some.Category","message":"Beware"}""".TrimStart() + "\n",
            Logged(logger => logger.Log(LogLevel.Warning, default, "Beware", null, (text, _) => text)), StringComparison.Ordinal);

    [Fact]
    public void An_event_with_an_exception_has_both()
        => Assert.Contains(
            "\"id\":\"7\",\"message\":\"Session 7 failed\",\"exception\":\"System.InvalidOperationException",
            Logged(logger => Fault(logger, "7", new InvalidOperationException())), StringComparison.Ordinal);

    [LoggerMessage(EventId = 1, EventName = "gateway.ready", Level = LogLevel.Information, Message = "Listening on {listen}, admin at {admin}")]
    private static partial void Ready(ILogger logger, string[] listen, string? admin);

    [LoggerMessage(EventId = 2, EventName = "session.fault", Level = LogLevel.Error, Message = "Session {id} failed")]
    private static partial void Fault(ILogger logger, string id, Exception exception);

    private string Logged(Action<ILogger> log)
    {
        using (var provider = new StandardErrorLoggerProvider(json: true, new FakeTimeProvider(Lines.Time), _output))
            log(provider.CreateLogger("Some.Category"));
        return _output.Text;
    }
}
