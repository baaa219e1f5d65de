using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks4;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks4;

public class RequestTests
{
    private static readonly byte[] ToAddress = [4, 1, 0x15, 0x38, 203, 0, 113, 9];
    private static readonly byte[] ToName = [4, 1, 0x15, 0x38, 0, 0, 0, 77];

    [Theory]
    [InlineData("")]
    [InlineData("app")]
    public void An_address_is_read_and_the_user_id_skipped(string userId) =>
        ReaderContract.Reads<Request>(Request.Read, [.. ToAddress, .. Encoding.ASCII.GetBytes(userId), 0], request =>
        {
            Assert.Equal(Command.Connect, request.Command);
            Assert.Equal("203.0.113.9:5432", request.ToDestination().ToString());
            Assert.NotNull(request.ToDestination().Address);
        });

    [Fact]
    public void A_name_is_read_behind_the_user_id() =>
        ReaderContract.Reads<Request>(Request.Read, [.. ToName, .. "app\0db.example.com\0"u8], request =>
            Assert.Equal(Destination.Of("db.example.com", 5432), request.ToDestination()));

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(0, 1, 0, 1)]
    [InlineData(1, 0, 0, 1)]
    public void Any_other_address_announces_no_name(byte a, byte b, byte c, byte d) =>
        ReaderContract.Reads<Request>(Request.Read, [4, 2, 0, 80, a, b, c, d, 0], request =>
        {
            Assert.Equal(Command.Bind, request.Command);
            Assert.Equal($"{a}.{b}.{c}.{d}:80", request.ToDestination().ToString());
        });

    [Fact]
    public void The_first_and_the_last_announcing_address_do()
    {
        foreach (byte last in new byte[] { 1, 255 })
        {
            ReaderContract.Reads<Request>(Request.Read, [4, 1, 0, 80, 0, 0, 0, last, 0, .. "n\0"u8], request =>
                Assert.Equal("n", request.ToDestination().Name));
        }
    }

    [Fact]
    public void An_unknown_command_is_read_so_that_it_can_be_answered() =>
        ReaderContract.Reads<Request>(Request.Read, [4, 0xF0, 0, 80, 1, 2, 3, 4, 0], request =>
            Assert.Equal(0xF0, (byte)request.Command));

    [Fact]
    public void Another_version_is_refused_at_the_first_byte() =>
        ReaderContract.Refuses<Request>(Request.Read, [5, 1, 0, 80, 1, 2, 3, 4, 0], 1, ParseFault.Version);

    [Fact]
    public void The_longest_user_id_and_name_are_read() =>
        ReaderContract.Reads<Request>(Request.Read, [.. ToName, .. Run('u', 512), 0, .. Run('n', 255), 0], request =>
            Assert.Equal(new string('n', 255), request.ToDestination().Name));

    [Fact]
    public void A_user_id_that_runs_on_is_cut_off() =>
        ReaderContract.Refuses<Request>(Request.Read, [.. ToAddress, .. Run('u', 514), 0], 8 + 513, ParseFault.TooLarge);

    [Fact]
    public void A_name_that_runs_on_is_cut_off() =>
        ReaderContract.Refuses<Request>(Request.Read, [.. ToName, 0, .. Run('n', 257), 0], 9 + 256, ParseFault.TooLarge);

    [Fact]
    public void An_empty_name_is_refused() =>
        ReaderContract.Refuses<Request>(Request.Read, [.. ToName, 0, 0, 1], 10, ParseFault.Length);

    [Fact]
    public void The_reader_agrees_with_a_rule_on_array_indices() => SlowRule.Agrees<Request>(
        Request.Read,
        request => $"{(byte)request.Command} {request.ToDestination()}",
        bytes =>
        {
            if (bytes.Length > 0 && bytes[0] != 4) return Outcome.Invalid(ParseFault.Version);
            if (bytes.Length < 8) return Outcome.NeedMore;
            var port = (bytes[2] * 256) + bytes[3];
            var user = Array.IndexOf(bytes, (byte)0, 8);
            if ((user < 0 ? bytes.Length : user) - 8 > 512) return Outcome.Invalid(ParseFault.TooLarge);
            if (user < 0) return Outcome.NeedMore;
            if (bytes[4] != 0 || bytes[5] != 0 || bytes[6] != 0 || bytes[7] == 0)
                return Outcome.Done(user + 1, $"{bytes[1]} {bytes[4]}.{bytes[5]}.{bytes[6]}.{bytes[7]}:{port}");
            var name = Array.IndexOf(bytes, (byte)0, user + 1);
            if ((name < 0 ? bytes.Length : name) - user - 1 > 255) return Outcome.Invalid(ParseFault.TooLarge);
            if (name < 0) return Outcome.NeedMore;
            if (name == user + 1) return Outcome.Invalid(ParseFault.Length);
            return Outcome.Done(name + 1, $"{bytes[1]} {Encoding.Latin1.GetString(bytes[(user + 1)..name])}:{port}");
        },
        [.. ToAddress, .. "app\0"u8],
        [.. ToAddress, 0],
        [.. ToName, .. "app\0db.example.com\0"u8],
        [.. ToName, .. Run('u', 508), 0, .. Run('n', 251), 0],
        [.. ToName, .. "app\0"u8, 0]);

    private static byte[] Run(char character, int length) => [.. Enumerable.Repeat((byte)character, length)];
}
