using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Socks5Egress.Client;
using Socks5Egress.Client.Extensions;
using Socks5Egress.SystemTests.Identity;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Clients from the service container.</summary>
public sealed class DependencyInjectionTests(EgressSetup setup)
{
    [Fact]
    public async Task Requests_of_a_factory_go_through_the_gateway_that_they_name()
    {
        var gateway = SocksProxy.Of(await setup.GatewayAsync("auto"));
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var dead = new DeadGateway();
        var log = new Sentences();
        await using var services = Services(log, ("good:Via", gateway.Url), ("Socks5:Via", dead.Proxy.Url));

        var factory = services.GetRequiredService<IHttpClientFactory>();
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal("127.0.0.77", (await factory.CreateClient("good").GetStringAsync(site.Url, cancellation)).Trim());
        await Assert.ThrowsAsync<HttpRequestException>(() => factory.CreateClient("plain").GetStringAsync(site.Url, cancellation));
        // Who asked sees its driver's words alone; the log has the reason
        Assert.Contains(log.Said, sentence => sentence.Contains("Warning Socks5Egress.Client", StringComparison.Ordinal) && sentence.Contains("refuses connections", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "00:00:10", "has no Via")]
    [InlineData("http://app:s3cret@gw:1", "00:00:10", "scheme")]
    [InlineData("socks5://app:s3cret@gw:1", "soon", "ConnectTimeout")]
    [InlineData("socks5://app:s3cret@gw:1", "-00:00:10", "The SOCKS5 client")]
    public async Task What_is_wrong_with_its_settings_is_said_without_the_password(string via, string timeout, string words)
    {
        await using var services = Services(new Sentences(), ("Socks5:Via", via), ("Socks5:ConnectTimeout", timeout));
        var fault = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<Socks5Client>());
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", fault.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(Sentences log, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddSocks5Client(configuration.GetSection("Socks5"));
        services.AddSocks5Client("good", configuration.GetSection("good"));
        services.AddHttpClient("good").UseSocks5("good");
        services.AddHttpClient("plain").UseSocks5();
        return services.BuildServiceProvider();
    }

    private sealed class Sentences : ILoggerProvider, ILogger
    {
        private string _category = "";

        public ConcurrentQueue<string> Said { get; private init; } = new();

        public ILogger CreateLogger(string categoryName) => new Sentences { _category = categoryName, Said = Said };

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue($"{logLevel} {_category} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
