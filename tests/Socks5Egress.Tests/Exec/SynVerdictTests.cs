using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Client;
using Socks5Egress.Exec.SynVerdict;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Exec;

public sealed class SynVerdictTests
{
    private static readonly byte[] V4 = Convert.FromHexString("4500003c000040004006000001020304cb007105" + "c350" + "1538" + "00000007" + "00000000a002fd200000000000000000");
    private static readonly byte[] V6 = Convert.FromHexString("60000000001406400000000000000000000000000000000120010db8000000000000000000000005" + "c3501538" + "00000007" + "000000005002fd2000000000");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_syn_of_each_family_is_read()
    {
        Assert.Equal(new SynPacket(new(IPAddress.Parse("1.2.3.4"), 50000), new(IPAddress.Parse("203.0.113.5"), 5432), 7), SynPacket.Read(V4));
        Assert.Equal(new SynPacket(new(IPAddress.IPv6Loopback, 50000), new(IPAddress.Parse("2001:db8::5"), 5432), 7), SynPacket.Read(V6));
    }

    [Fact]
    public void A_packet_that_is_cut_off_is_none()
    {
        for (var length = 0; length < 40; length++) Assert.Null(SynPacket.Read(V4.AsSpan(0, length)));
        for (var length = 0; length < V6.Length; length++) Assert.Null(SynPacket.Read(V6.AsSpan(0, length)));
    }

    [Fact]
    public void A_queued_packet_is_read_and_a_verdict_written()
    {
        // Length 20 + 12 + 8 (padded), type, nfgenmsg; NFQA_PACKET_HDR with id 9, NFQA_PAYLOAD with two bytes
        var message = Convert.FromHexString("28000000" + "0003" + "0000" + "0000000000000000" + "02000000" + "0b000100" + "000000090800" + "0300" + "06000a00" + "4501" + "0000");
        Assert.Equal(message.Length, QueueMessage.Read(message, out var id, out var payload));
        Assert.Equal(9u, id);
        Assert.Equal([0x45, 0x01], payload.ToArray());
        Assert.Equal(0, QueueMessage.Read(message.AsSpan(0, 39), out _, out _));

        var verdict = new byte[QueueMessage.VerdictLength];
        QueueMessage.Write(verdict, 9, SynMark.Refused);
        Assert.Equal("0c000200" + "00000001" + "00000009" + "08000300" + "00005e01", Convert.ToHexStringLower(verdict[20..]));
        QueueMessage.Write(verdict, 9, SynMark.Silence);
        Assert.Equal("0c000200" + "00000000" + "00000009" + "08000300" + "00000000", Convert.ToHexStringLower(verdict[20..]));
    }

    [Fact]
    public void A_syn_that_is_sent_again_shares_the_verdict()
    {
        var pending = new PendingSyns(_time);
        var syn = SynPacket.Read(V4)!;
        Assert.Equal((true, null), pending.Arrived(syn, 1));
        Assert.Equal((false, null), pending.Arrived(SynPacket.Read(V4)!, 2));
        Assert.Equal([1u, 2u], pending.Decided(syn, SynMark.Refused, null));
        Assert.Equal((false, SynMark.Refused), pending.Arrived(syn, 3));
        Assert.Equal((true, null), pending.Arrived(syn with { Sequence = 8 }, 4));
        _time.Advance(TimeSpan.FromSeconds(76));
        pending.Sweep();
        Assert.Equal((true, null), pending.Arrived(syn, 5));
    }

    [Fact]
    public void A_connection_is_claimed_once_and_not_kept_for_ever()
    {
        var pending = new PendingSyns(_time);
        var syn = SynPacket.Read(V4)!;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        pending.Arrived(syn, 1);
        pending.Decided(syn, SynMark.Granted, socket);
        Assert.Same(socket, pending.Claim(syn.To));
        Assert.Null(pending.Claim(syn.To));
        pending.Decided(syn, SynMark.Granted, socket);
        _time.Advance(TimeSpan.FromSeconds(6));
        pending.Sweep();
        Assert.Null(pending.Claim(syn.To));
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Theory]
    [InlineData(ReplyCode.ConnectionRefused, (int)SynMark.Refused)]
    [InlineData(ReplyCode.NotAllowedByRuleset, (int)SynMark.Prohibited)]
    [InlineData(ReplyCode.NetworkUnreachable, (int)SynMark.NetworkUnreachable)]
    [InlineData(ReplyCode.HostUnreachable, (int)SynMark.HostUnreachable)]
    [InlineData(ReplyCode.GeneralFailure, (int)SynMark.HostUnreachable)]
    public void A_reply_has_its_mark(ReplyCode reply, int mark) => Assert.Equal((SynMark)mark, SynMarks.Of(Failures.Refused(reply)));

    [Fact]
    public void A_gateway_has_marks_too()
    {
        Assert.Equal(SynMark.NetworkUnreachable, SynMarks.Of(Failures.NotConnected(new SocketException((int)SocketError.ConnectionRefused))));
        Assert.Equal(SynMark.Silence, SynMarks.Of(Failures.TooSlow(Socks5Stage.Request, TimeSpan.FromSeconds(15))));
        Assert.Equal(SynMark.Prohibited, SynMarks.Of(Failures.Rejected()));
    }

    private static Socks5Errors Failures => new(new Socks5Proxy("gw"), "db:5432");
}
