using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Sessions to one address against a ceiling: 1,024 is all that a Machine on Fly.io has.</summary>
public sealed class DestinationLimiterTests
{
    private const int Most = 1000;

    [Fact]
    public async Task Of_1100_sessions_to_one_address_and_100_to_another_the_right_100_are_refused()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto", "--max-destination", "1000");
        await using var crowded = RawTarget.Start();
        await using var quiet = RawTarget.Start(IPAddress.Parse("127.0.0.2"));

        var answers = await Task.WhenAll(Enumerable.Range(0, Most + 200).Select(number =>
            RawClient.RequestAsync(gateway, Socks5.Connect((number % 12 == 0 ? quiet : crowded).EndPoint))));
        Assert.Equal(Most, answers.Count(answer => answer.Reply.Code == ReplyCode.Succeeded) - 100);
        Assert.Equal(100, answers.Count(answer => answer.Reply.Code == ReplyCode.GeneralFailure));
        await crowded.AssertAcceptedAsync(Most);
        await quiet.AssertAcceptedAsync(100);
        await gateway.Log.WaitAsync("destination.alarm");
        foreach (var refused in gateway.Log.Of("session.end")) Assert.Equal("limit-destination", refused.GetProperty("end").GetString());

        // A place that is given back is had again
        foreach (var answer in answers) answer.Connection.Reset();
        await Deadline.UntilAsync(
            async () => await RawClient.CodeAsync(gateway, Socks5.Connect(crowded.EndPoint)) == ReplyCode.Succeeded, () => "The places were not given back");
    }
}
