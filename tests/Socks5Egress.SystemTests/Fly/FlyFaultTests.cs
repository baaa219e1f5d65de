using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>What Fly.io may do to a caller: limits, expired tokens, failures in part, answers that are none.</summary>
public sealed class FlyFaultTests : IAsyncLifetime
{
    private const string PairWithError = """
        {"data":{"allocateEgressIpAddress":{"v4":"198.51.100.1","v6":null}},"errors":[{"message":"no IPv6 left for FLY"}]}
        """;

    private FakeFly _fly = null!;

    public async ValueTask InitializeAsync() => _fly = await FakeFly.StartAsync();

    public ValueTask DisposeAsync() => _fly.DisposeAsync();

    [Fact]
    public async Task Reading_waits_as_long_as_it_is_told_and_asks_again()
    {
        _fly.Answer("egressIpAddresses", FakeFly.Status(429, "1"), FakeFly.Status(503));
        await RunAsync(["list"], 0);
        Assert.Equal(3, _fly.Calls.Count(call => call == "egressIpAddresses"));
    }

    [Fact]
    public async Task Reading_gives_up_when_the_wait_is_too_long()
    {
        _fly.Answer("egressIpAddresses", FakeFly.Status(429, "3600"));
        var result = await RunAsync(["list"], 1);
        Assert.Contains("3600 s", result.Error, StringComparison.Ordinal);
        Assert.Single(_fly.Calls);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_change_is_never_sent_twice(int status)
    {
        _fly.Answer("allocateEgressIpAddress", FakeFly.Status(status, "0"));
        await RunAsync(["allocate", "--region", "fra"], 1);
        Assert.Single(_fly.Calls, call => call == "allocateEgressIpAddress");
        Assert.Empty(_fly.Egress);
    }

    [Fact]
    public async Task A_change_whose_answer_was_lost_is_said_to_be_unknown()
    {
        _fly.Answer("allocateEgressIpAddress", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var result = await RunAsync(["allocate", "--region", "fra"], 1);
        Assert.Contains("not known whether", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_allocated_in_part_is_shown_and_is_a_failure()
    {
        _fly.Answer("allocateEgressIpAddress", FakeFly.Text(PairWithError));
        var result = await RunAsync(["allocate", "--region", "fra"], 1);
        Assert.Contains("198.51.100.1/32", result.Output, StringComparison.Ordinal);
        Assert.Contains("no IPv6 left", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("audit")]
    public async Task An_expired_token_is_named_by_its_variable(string verb)
    {
        var result = await RunAsync([verb], 1, "fm2_expiredexpired");
        Assert.Contains("FLY_API_TOKEN", result.Error, StringComparison.Ordinal);
        Assert.Contains("expired", result.Error.Replace("fm2_expired", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_repeats_the_token_is_shown_without_it()
    {
        const string Refusal = """{"errors":[{"message":"token TOKEN has expired","extensions":{"code":"UNAUTHORIZED"}}]}""";
        _fly.Answer("egressIpAddresses", FakeFly.Text(Refusal.Replace("TOKEN", _fly.Token, StringComparison.Ordinal)));
        Assert.Contains("has expired", (await RunAsync(["list"], 1)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"data\":{\"app\":null}}")]
    [InlineData("{\"data\":{\"app\":{}}}")]
    [InlineData("{\"data\":{\"app\":{\"egressIpAddresses\":{\"nodes\":[{\"ip\":\"0x7f.1\",\"version\":4}]}}}}")]
    [InlineData("{\"data\":{\"app\":{\"egressIpAddresses\":{\"nodes\":[{\"ip\":5}]}}}}")]
    public async Task An_answer_that_is_none_is_one_sentence(string answer)
    {
        _fly.Answer("egressIpAddresses", FakeFly.Text(answer));
        var result = await RunAsync(["list"], 1);
        Assert.Empty(result.Output);
        Assert.StartsWith("socks5egress: ", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_asked()
    {
        Assert.Contains("FLY_API_TOKEN is not set", (await RunAsync(["list"], 2, "")).Error, StringComparison.Ordinal);
        Assert.Empty(_fly.Calls);
    }

    private Task<ProgramResult> RunAsync(string[] words, int exit, string? token = null) => EgressProgram.RunAsync(_fly, words, exit, token: token);
}
