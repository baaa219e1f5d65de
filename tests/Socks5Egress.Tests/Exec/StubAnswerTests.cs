using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Exec.Names;
using Xunit;

namespace Socks5Egress.Tests.Exec;

public sealed class StubAnswerTests
{
    private readonly StubAnswer _stub = new(new SyntheticNames(new FakeTimeProvider()), "here");

    [Theory]
    [InlineData("db.example.com", 1, "198.18.0.1")]
    [InlineData("db.example.com", 28, "fd5e:c5e:672e:5500::1")]
    [InlineData("localhost", 1, "127.0.0.1")]
    [InlineData("a.LocalHost", 28, "::1")]
    [InlineData("here", 1, "127.0.0.1")]
    public void An_address_is_answered_at_once(string name, ushort type, string address)
    {
        var answer = Ask(Question(name, type));
        Assert.Equal(0, answer[3] & 0xf);
        Assert.Equal(1, answer[7]);
        Assert.Equal(address, new System.Net.IPAddress(answer.AsSpan()[^(type == 1 ? 4 : 16)..]).ToString());
    }

    [Theory]
    [InlineData(15)]
    [InlineData(12)]
    [InlineData(65)]
    [InlineData(255)]
    public void Other_types_have_no_records(ushort type)
    {
        var answer = Ask(Question("db.example.com", type));
        Assert.Equal(0, answer[3] & 0xf);
        Assert.Equal(0, answer[7]);
    }

    [Fact]
    public void What_is_no_host_name_does_not_exist() => Assert.Equal(3, Ask(Question("a b", 1))[3] & 0xf);

    [Fact]
    public void Identifier_and_question_come_back_and_an_option_record_is_answered()
    {
        byte[] question = [.. Question("x.test", 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        question[11] = 1;
        var answer = Ask(question);
        Assert.Equal(question[..2], answer[..2]);
        Assert.Equal(question[12..^11], answer[12..(question.Length - 11)]);
        Assert.Equal(1, answer[11]);
    }

    [Fact]
    public void Damaged_questions_are_refused_and_answers_are_ignored()
    {
        var whole = Question("db.example.com", 1);
        for (var length = 0; length < whole.Length; length++)
        {
            var answer = Ask(whole[..length]);
            if (length < 12) Assert.Empty(answer);
            else Assert.Equal(1, answer[3] & 0xf);
        }

        var reply = Question("x", 1);
        reply[2] |= 0x80;
        Assert.Empty(Ask(reply));
        var update = Question("x", 1);
        update[2] |= 5 << 3;
        Assert.Equal(4, Ask(update)[3] & 0xf);
        // A pointer to itself
        Assert.Equal(1, Ask([1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1])[3] & 0xf);
    }

    private byte[] Ask(byte[] question)
    {
        var answer = new byte[StubAnswer.MaxLength];
        return answer[.._stub.Write(question, answer)];
    }

    private static byte[] Question(string name, ushort type)
    {
        var bytes = new List<byte> { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Split('.')) bytes.AddRange([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        var end = new byte[5];
        BinaryPrimitives.WriteUInt16BigEndian(end.AsSpan(1), type);
        end[4] = 1;
        return [.. bytes, .. end];
    }
}
