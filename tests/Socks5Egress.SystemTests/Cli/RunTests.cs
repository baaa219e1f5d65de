using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary><c>run</c> as a process: what it prints and how it ends.</summary>
public sealed class RunTests
{
    [Theory]
    [InlineData("--listen")]
    [InlineData("--admin")]
    public async Task A_port_in_use_exits_1_and_names_the_endpoint(string option)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var endpoint = taken.LocalEndPoint!.ToString()!;
        string[] other = option == "--listen" ? ["--admin", "off"] : ["--listen", "127.0.0.1:0"];

        var result = await Cli.RunAsync(["run", option, endpoint, .. other]);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains(endpoint, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_output_stays_empty_and_a_signal_ends_with_0()
    {
        // The shell sends the signal to its child once the ready line is there
        const string Script = """
            "$0" run --listen 127.0.0.1:0 --admin off --drain-delay 0 --log json 2>"$1" &
            until grep -q gateway.ready "$1"; do kill -0 $! || exit 99; sleep 0.05; done
            kill -TERM $!; wait $!
            """;
        using var folder = new TemporaryFolder();

        var result = await ExternalProgram.RunAsync("sh", ["-c", Script, GatewayProcess.Executable, folder.Write("log", "")]);

        Assert.Equal((0, ""), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("<&-")]
    [InlineData(">&-")]
    public async Task It_runs_with_standard_input_or_output_closed(string redirection)
    {
        const string Script = """
            "$0" run --listen 127.0.0.1:0 --admin off --drain-delay 0 --log json 2>"$1" REDIRECTION &
            until grep -q gateway.ready "$1"; do kill -0 $! || exit 99; sleep 0.05; done
            kill -TERM $!; wait $!
            """;
        using var folder = new TemporaryFolder();

        var result = await ExternalProgram.RunAsync(
            "sh", ["-c", Script.Replace("REDIRECTION", redirection, StringComparison.Ordinal), GatewayProcess.Executable, folder.Write("log", "")]);

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task An_unknown_variable_is_refused_with_the_nearest_one()
    {
        var result = await Cli.RunAsync(
            ["run", "--listen", "127.0.0.1:0", "--admin", "off"], environment: ("SOCKS5EGRESS_Timeouts__Idel", "5s"));

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("SOCKS5EGRESS_Timeouts__Idel", result.Error, StringComparison.Ordinal);
        Assert.Contains("SOCKS5EGRESS_Timeouts__Idle", result.Error, StringComparison.Ordinal);
    }
}
