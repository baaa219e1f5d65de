using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>The verbs of <c>egress</c>, as they are typed, against the fake.</summary>
public sealed class EgressVerbTests : IAsyncLifetime
{
    private FakeFly _fly = null!;

    public async ValueTask InitializeAsync() => _fly = await FakeFly.StartAsync();

    public ValueTask DisposeAsync() => _fly.DisposeAsync();

    [Fact]
    public async Task Addresses_of_the_app_and_of_its_Machines_are_listed_together()
    {
        _fly.Machines.Add(("m1", "fra", "started"));
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null), ("198.51.100.2", "fra", "m1")]);

        using var listed = JsonDocument.Parse((await EgressAsync(["list", "--json"], 0)).Output);
        Assert.Equal(
            ["198.51.100.1 4 app -", "2001:db8::1 6 app -", "198.51.100.2 4 machine m1"],
            listed.RootElement.EnumerateArray().Select(row =>
                $"{row.GetProperty("address").GetString()} {row.GetProperty("version").GetInt32()} {row.GetProperty("scope").GetString()} " +
                (row.TryGetProperty("machine", out var machine) ? machine.GetString() : "-")));
        Assert.Contains("198.51.100.2", (await EgressAsync(["list"], 0)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fm2_abcdefghijkl")]
    [InlineData("fo1_abcdefghijkl")]
    public async Task A_pair_is_allocated_once_with_either_kind_of_token(string token)
    {
        await using var fly = await FakeFly.StartAsync(token);
        var result = await EgressAsync(["allocate", "--region", "fra", "--json"], 0, fly);
        using var pair = JsonDocument.Parse(result.Output);
        Assert.Equal("198.51.100.1", pair.RootElement.GetProperty("v4").GetString());
        Assert.Equal("2001:db8::1", pair.RootElement.GetProperty("v6").GetString());
        Assert.Single(fly.Calls, call => call == "allocateEgressIpAddress");
    }

    /// <summary>As `fly tokens create` prints it, and as other documents write it.</summary>
    [Theory]
    [InlineData("FlyV1 ")]
    [InlineData("flyv1  ")]
    [InlineData("Bearer ")]
    [InlineData("Bearer FlyV1 ")]
    public async Task A_token_is_taken_with_its_scheme_in_front(string scheme) =>
        await EgressProgram.RunAsync(_fly, ["list"], 0, token: scheme + _fly.Token);

    [Fact]
    public async Task A_second_pair_is_allocated_only_when_it_is_asked_for()
    {
        await EgressAsync(["allocate", "--region", "fra"], 0);
        var refused = await EgressAsync(["allocate", "--region", "FRA"], 1);
        foreach (var word in (string[])["198.51.100.1", "2001:db8::1", "--another"]) Assert.Contains(word, refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, _fly.Egress.Count);

        await EgressAsync(["allocate", "--region", "ams"], 0);
        await EgressAsync(["allocate", "--region", "fra", "--another"], 0);
        _fly.Machines.Add(("m1", "fra", "started"));
        await EgressAsync(["allocate", "--machine", "m1"], 0);
        await EgressAsync(["allocate", "--machine", "m1"], 1);
        Assert.Equal(8, _fly.Egress.Count);
    }

    [Fact]
    public async Task Nothing_is_allocated_while_it_is_not_known_what_there_is()
    {
        _fly.Answer("egressIpAddresses", FakeFly.Status(403));
        Assert.Contains("nothing was allocated", (await EgressAsync(["allocate", "--region", "fra"], 1)).Error, StringComparison.Ordinal);
        Assert.Empty(_fly.Egress);
    }

    /// <summary>It is billed from then on: who pressed Ctrl-C has to know what was allocated.</summary>
    [Theory]
    [InlineData("allocate", "--region", "fra")]
    [InlineData("allocate", "--region", "fra", "--json")]
    [InlineData("release", "198.51.100.1", "--yes", "198.51.100.1")]
    public async Task A_change_that_was_sent_is_told_in_spite_of_a_signal(params string[] words)
    {
        if (words[0] == "release") _fly.Egress.Add(("198.51.100.1", "fra", null));
        using var process = EgressProgram.Start(_fly, words);
        _fly.Before(words[0] + "EgressIpAddress", async () =>
        {
            Signals.Send(process.Id, Signals.Interrupt);
            using var deadline = Deadline.Token();
            Assert.Contains("waiting for the answer", await process.StandardError.ReadLineAsync(deadline.Token), StringComparison.Ordinal);
        });

        using var limit = Deadline.Token();
        Assert.Contains("198.51.100.1", await process.StandardOutput.ReadToEndAsync(limit.Token), StringComparison.Ordinal);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_signal_while_it_waits_for_the_addresses_loses_none_of_them()
    {
        await using var gateway = await GatewayProcess.StartAsync("auto");
        using var process = EgressProgram.Start(_fly, ["allocate", "--region", "fra", "--json", "--wait", "--via", $"socks5://{gateway.EndPoint}", "--probe", "https://127.0.0.1:1/"]);
        using var limit = Deadline.Token();
        Assert.Contains("198.51.100.1", await process.StandardError.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        Signals.Send(process.Id, Signals.Interrupt);

        using var pair = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync(limit.Token));
        Assert.Equal("198.51.100.1", pair.RootElement.GetProperty("v4").GetString());
        Assert.Contains("allocated, and billed", await process.StandardError.ReadToEndAsync(limit.Token), StringComparison.Ordinal);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(1, process.ExitCode);
    }

    [Fact]
    public async Task What_goes_with_an_address_and_is_still_listed_is_shown()
    {
        _fly.Machines.Add(("m1", "fra", "started"));
        _fly.Egress.AddRange([("198.51.100.1", "fra", "m1"), ("2001:db8::1", "fra", "m1"), ("198.51.100.2", "fra", null), ("2001:db8::2", "fra", null)]);
        using var folder = new TemporaryFolder();
        var list = folder.Write("db-allowed.txt", "2001:db8::1\n2001:db8::2\n");
        var machine = await EgressAsync(["release", "198.51.100.1", "--allow-list", list], 1, input: "no\n");
        Assert.Contains($"Still allow-listed: {list}:1 2001:db8::1", machine.Error, StringComparison.Ordinal);
        var app = await EgressAsync(["release", "198.51.100.2", "--allow-list", list], 1, input: "no\n");
        Assert.Contains($"May go with it and is still allow-listed: {list}:2 2001:db8::2", app.Error, StringComparison.Ordinal);
        Assert.Equal(4, _fly.Egress.Count);
    }

    [Fact]
    public async Task An_address_is_released_only_when_it_is_typed_or_named_again()
    {
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("198.51.100.2", "fra", null)]);
        using var folder = new TemporaryFolder();
        var list = folder.Write("db-allowed.txt", "# the database\n198.51.100.0/24\n");
        string[] words = ["release", "198.51.100.1", "--allow-list", list];

        var refused = await EgressAsync(words, 1, input: "198.51.100.2\n");
        Assert.Contains(list + ":2", refused.Error, StringComparison.Ordinal);
        await EgressAsync(words, 1, input: "");
        await EgressAsync([.. words, "--yes", "198.51.100.2"], 2);
        Assert.DoesNotContain("releaseEgressIpAddress", _fly.Calls);

        await EgressAsync(words, 0, input: "198.51.100.1\n");
        Assert.Equal("198.51.100.2", Assert.Single(_fly.Egress).Ip);
        await EgressAsync(["release", "198.51.100.2", "--yes", "198.51.100.2"], 0);
        Assert.Empty(_fly.Egress);
        Assert.Contains("no static egress address", (await EgressAsync(["release", "--yes", "198.51.100.9"], 1)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Machine_is_promoted_or_released_with_both_of_its_addresses()
    {
        _fly.Machines.AddRange([("m1", "fra", "started"), ("m2", "fra", "started")]);
        _fly.Egress.AddRange([("198.51.100.1", "fra", "m1"), ("2001:db8::1", "fra", "m1"), ("198.51.100.2", "fra", "m2"), ("2001:db8::2", "fra", "m2")]);
        await EgressAsync(["promote", "--machine", "m1"], 0);
        Assert.All(_fly.Egress.Take(2), entry => Assert.Null(entry.Machine));
        await EgressAsync(["release", "--machine", "m2", "--yes", "198.51.100.2"], 0);
        Assert.Equal(2, _fly.Egress.Count);
    }

    [Fact]
    public async Task What_is_allocated_is_compared_with_lists_configuration_and_Machines()
    {
        _fly.Machines.AddRange([("m1", "fra", "started"), ("m2", "ams", "started"), ("gone", "iad", "destroyed")]);
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null), ("198.51.100.3", "lhr", null)]);
        _fly.Ingress.AddRange([("fdaa:0:1::3", "private_v6"), ("203.0.113.80", "shared_v4")]);
        using var folder = new TemporaryFolder();
        string[] words =
            ["audit", "--allow-list", folder.Write("a.txt", "198.51.100.1\n192.0.2.0/24 # office\n"), "--fly-toml", folder.Write("fly.toml", "kill_signal = \"SIGTERM\"\n")];

        using var report = JsonDocument.Parse((await EgressAsync([.. words, "--json"], 1)).Output);
        var findings = report.RootElement.GetProperty("findings").EnumerateArray()
            .Select(finding => finding.GetProperty("code").GetString() + " " + finding.GetProperty("subject").GetString()).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "public-address 203.0.113.80", "not-listed 2001:db8::1", "not-listed 198.51.100.3", "not-ours 192.0.2.0/24",
                "region-without-pair ams", "pair-without-machines lhr", "family-imbalance lhr",
            },
            findings);
        Assert.DoesNotContain("public-address fdaa:0:1::3", findings);
        Assert.Contains(findings, finding => finding.StartsWith("fly-toml ", StringComparison.Ordinal) && finding.EndsWith("kill_timeout", StringComparison.Ordinal));
        Assert.Equal(7.2m, report.RootElement.GetProperty("monthly_cost_usd").GetDecimal());
        Assert.Equal("198.51.100.1/32\n2001:db8::1/128\n198.51.100.3/32\n", (await EgressAsync(["audit", "--format", "cidr"], 1)).Output);
        Assert.Matches(@"hostssl +all +all +198\.51\.100\.1/32 +scram-sha-256", (await EgressAsync(["audit", "--format", "pg_hba"], 1)).Output);
    }

    /// <summary>flyctl assigns addresses by the Machines interface: what that one alone knows is seen as well.</summary>
    [Fact]
    public async Task What_either_interface_knows_is_seen_and_what_is_not_understood_is_said()
    {
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null)]);
        // The same without a type, one that says what it is, a way in, and something of a future release
        _fly.Assigned.AddRange([("198.51.100.1", null), ("198.51.100.9", "egress_v4"), ("203.0.113.80", null), ("fdaa:0:1::3", null), ("198.51.100.10", "anycast_v9")]);
        using var folder = new TemporaryFolder();
        var listed = await EgressAsync(["list", "--format", "expect"], 0);
        Assert.Equal("198.51.100.1,2001:db8::1,198.51.100.9\n", listed.Output);
        Assert.Contains("anycast_v9", listed.Error, StringComparison.Ordinal);
        Assert.Contains("fly ips list", listed.Error, StringComparison.Ordinal);
        Assert.Equal("198.51.100.1/32\n2001:db8::1/128\n198.51.100.9/32\n", (await EgressAsync(["list", "--format", "cidr"], 0)).Output);

        using var report = JsonDocument.Parse((await EgressAsync(["audit", "--json"], 1)).Output);
        var findings = report.RootElement.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("code").GetString() == "public-address");
        Assert.Equal("203.0.113.80", Assert.Single(findings).GetProperty("subject").GetString());
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task The_other_interface_may_be_away(int status)
    {
        _fly.Egress.Add(("198.51.100.1", "fra", null));
        _fly.Answer("ip_assignments", FakeFly.Status(status));
        var listed = await EgressAsync(["list"], 0);
        Assert.Contains("198.51.100.1", listed.Output, StringComparison.Ordinal);
        Assert.Contains("fly ips list --app egress", listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_of_another_app_is_a_finding_and_names_the_app_where_nobody_does()
    {
        _fly.Machines.Add(("m1", "fra", "started"));
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null)]);
        using var folder = new TemporaryFolder();
        var file = folder.Write("fly.toml", "app = \"elsewhere\"\nkill_signal = \"SIGTERM\"\nkill_timeout = \"300s\"\n");
        Assert.Contains("other-app: elsewhere", (await EgressAsync(["audit", "--fly-toml", file], 1)).Output, StringComparison.Ordinal);

        var environment = new Dictionary<string, string> { ["FLY_API_TOKEN"] = _fly.Token, ["FLY_API_BASE_URL"] = _fly.BaseUrl };
        var here = await ExternalProgram.RunAsync("sh", ["-c", $"cd '{folder.Path}' && '{GatewayProcess.Executable}' egress audit"], environment);
        Assert.Contains("elsewhere: 1 IPv4", here.Output, StringComparison.Ordinal);
        environment["FLY_APP_NAME"] = "named";
        var named = await ExternalProgram.RunAsync("sh", ["-c", $"cd / && '{GatewayProcess.Executable}' egress audit"], environment);
        Assert.Contains("named: 1 IPv4", named.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_takes_long_is_said_to()
    {
        using var process = EgressProgram.Start(_fly, ["list"]);
        using var deadline = Deadline.Token();
        _fly.Before("egressIpAddresses", async () => Assert.Contains("has not answered for 2 s", await process.StandardError.ReadLineAsync(deadline.Token), StringComparison.Ordinal));
        Assert.Contains("No static egress address", await process.StandardOutput.ReadToEndAsync(deadline.Token), StringComparison.Ordinal);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task An_answer_that_never_comes_is_given_up_after_half_a_minute()
    {
        Assert.SkipUnless(LongRun.Wanted, "half a minute of silence");
        _fly.Before("egressIpAddresses", () => Task.Delay(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Contains("did not answer within 30 s", (await EgressAsync(["list"], 1)).Error, StringComparison.Ordinal);
        Assert.Single(_fly.Calls);
    }

    [Fact]
    public async Task An_app_in_order_has_no_finding()
    {
        _fly.Machines.AddRange([("m1", "fra", "started"), ("m2", "fra", "started")]);
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null)]);
        using var folder = new TemporaryFolder();
        await EgressAsync(["audit", "--allow-list", folder.Write("a.txt", "198.51.100.1/32\n2001:db8::/64\n")], 0);
    }

    [Fact]
    public async Task What_could_not_be_read_is_a_finding_beside_the_others()
    {
        _fly.Egress.AddRange([("198.51.100.1", "fra", null), ("2001:db8::1", "fra", null)]);
        _fly.Answer("ipAddresses", FakeFly.Text("""{"data":{"app":{"ipAddresses":null}},"errors":[{"message":"timed out"}]}"""));
        var result = await EgressAsync(["audit"], 1);
        Assert.Contains("not-read", result.Output, StringComparison.Ordinal);
        Assert.Contains("pair-without-machines", result.Output, StringComparison.Ordinal);
    }

    private Task<ProgramResult> EgressAsync(string[] words, int exit, FakeFly? fly = null, string? input = null) =>
        EgressProgram.RunAsync(fly ?? _fly, words, exit, input);
}
