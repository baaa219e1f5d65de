using System.Buffers.Binary;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Protocol.Dns;
using Socks5Egress.Tests.Protocol.Dns;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class DnsExchangeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Channel> _channels = [];
    private readonly DnsQuery _query = DnsQuery.Of("db.example.com", DnsType.A)!;
    private readonly DnsServers _servers;
    private ResolveResult? _answer;
    private bool _lacksDescriptors;

    public DnsExchangeTests() => _servers = new DnsServers([Server(1), Server(2)], _time);

    [Fact]
    public void The_answer_of_the_first_server_is_taken()
    {
        Start();
        Open(0).Answers();
        Assert.Equal("192.0.2.1", Addresses());
        Assert.Equal("198.51.100.1:53", Assert.Single(_channels).Server);
        Assert.True(_channels[0].IsClosed);
    }

    [Fact]
    public void A_silent_server_gets_company_and_may_still_answer()
    {
        Start();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Single(_channels);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("198.51.100.2:53", _channels[1].Server);
        Open(0).Answers();
        Assert.Equal("192.0.2.1", Addresses());
        Assert.All(_channels, channel => Assert.True(channel.IsClosed));
    }

    [Fact]
    public void A_server_that_was_silent_is_asked_last_for_a_while()
    {
        Start();
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Open(1).Answers();
        Start();
        Assert.Equal("198.51.100.2:53", _channels[2].Server);
        _time.Advance(TimeSpan.FromSeconds(31));
        Start();
        Assert.Equal("198.51.100.1:53", _channels[^1].Server);
    }

    [Theory]
    [InlineData(DnsCode.ServerFailure)]
    [InlineData(DnsCode.Refused)]
    public void A_server_that_fails_is_followed_by_the_next_one_at_once(object code)
    {
        Start();
        Open(0).Answers(message => message[3] |= (byte)(DnsCode)code);
        Open(1).Answers();
        Assert.Equal("192.0.2.1", Addresses());
    }

    [Fact]
    public void A_server_that_is_not_there_is_followed_by_the_next_one_at_once()
    {
        Start();
        Open(0).Fails();
        Open(1).Fails();
        Assert.Equal((EndReason.ResolverFailed, TimeSpan.FromSeconds(2)), (_answer!.End, _answer.Lifetime));
    }

    [Fact]
    public void A_wrong_ID_and_another_question_are_passed_over()
    {
        Start();
        Open(0).Answers(message => message[1] ^= 1);
        Open(0).Answers(message => message[13] ^= 1);
        Open(0).Receive([]);
        Open(0).Receive([1, 2, 3]);
        Assert.Null(_answer);
        Open(0).Answers();
        Assert.Equal("192.0.2.1", Addresses());
    }

    [Fact]
    public void Behind_many_wrong_IDs_the_server_is_asked_over_TCP()
    {
        Start();
        for (var i = 0; i < 16; i++) Open(0).Answers(message => message[1] ^= 1);
        Assert.True(_channels[0].IsClosed);
        Assert.True(_channels[1] is { OverTcp: true, Server: "198.51.100.1:53" });
    }

    [Fact]
    public void A_malformed_answer_is_followed_by_the_next_server()
    {
        Start();
        Open(0).Answers(message => message[^6] = 9);
        Open(1).Answers();
        Assert.Equal("192.0.2.1", Addresses());
    }

    [Fact]
    public void A_truncated_answer_is_asked_for_again_over_TCP()
    {
        Start();
        Open(0).Answers(message => message[2] |= 0x02);
        Assert.True(_channels[1].OverTcp);
        Open(1).Answers();
        Assert.Equal("192.0.2.1", Addresses());
    }

    [Fact]
    public void A_server_older_than_EDNS_is_asked_without()
    {
        Start();
        Assert.Equal(1, Open(0).Query[11]);
        Open(0).Answers(message => message[3] |= (byte)DnsCode.FormatError);
        Assert.Equal(0, Open(1).Query[11]);
        Assert.Equal("198.51.100.1:53", Open(1).Server);
        Open(1).Answers();
        Assert.Equal("192.0.2.1", Addresses());
    }

    [Fact]
    public void Servers_that_never_answer_are_given_up_after_5_s()
    {
        Start();
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.Null(_answer);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(EndReason.ResolverFailed, _answer!.End);
        Assert.Equal(2, _channels.Count);
    }

    [Fact]
    public void Without_a_descriptor_there_is_no_answer_that_anybody_keeps()
    {
        _lacksDescriptors = true;
        Start();
        Assert.Equal((EndReason.OutOfDescriptors, TimeSpan.Zero), (_answer!.End, _answer.Lifetime));
    }

    [Fact]
    public void What_is_closed_answers_nobody()
    {
        var exchange = Start();
        exchange.Close();
        Open(0).Answers();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(_answer);
    }

    private DnsExchange Start()
    {
        var exchange = new DnsExchange(
            _query, _servers, false,
            (server, overTcp, receiver) =>
            {
                if (_lacksDescriptors) return null;
                _channels.Add(new Channel(server.ToString(), overTcp, receiver));
                return _channels[^1];
            },
            _time, answer => _answer = answer);
        exchange.Start();
        return exchange;
    }

    private Channel Open(int index) => _channels[index];

    private string Addresses() => string.Join(' ', _answer!.Addresses);

    private static IPEndPoint Server(int number) => new(IPAddress.Parse("198.51.100." + number), 53);

    private sealed class Channel(string server, bool overTcp, IDnsReceiver receiver) : IDnsChannel
    {
        public string Server => server;

        public bool OverTcp => overTcp;

        public bool IsClosed { get; private set; }

        public byte[] Query { get; private set; } = [];

        public void Send(ReadOnlySpan<byte> query) => Query = query.ToArray();

        public void Dispose() => IsClosed = true;

        public void Fails() => receiver.Failed(this);

        public void Receive(byte[] message) => receiver.Received(this, message);

        public void Answers(Action<byte[]>? spoil = null)
        {
            var message = new DnsMessage("db.example.com", DnsType.A) { Id = BinaryPrimitives.ReadUInt16BigEndian(Query) }.A("db.example.com", "192.0.2.1").ToArray();
            spoil?.Invoke(message);
            Receive(message);
        }
    }
}
