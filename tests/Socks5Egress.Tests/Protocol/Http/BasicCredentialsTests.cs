using System.Text;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

public class BasicCredentialsTests
{
    [Theory]
    [InlineData("app", "secret")]
    [InlineData("app", "")]
    [InlineData("", "secret")]
    [InlineData("", "")]
    [InlineData("app", "with:colons:")]
    [InlineData("Jürgen", "pässwörd ✓")]
    [InlineData("a\0b", " \t")]
    public void User_and_password_are_decoded(string username, string password)
    {
        var value = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(username + ":" + password));
        Assert.Equal((username, password), Decode(value));
        Assert.Equal((username, password), Decode("bASIC   " + value[6..]));
    }

    [Fact]
    public void Two_values_of_255_bytes_fit_and_one_byte_more_does_not()
    {
        var longest = new string('u', 255) + ":" + new string('p', 255);
        Assert.Equal((new string('u', 255), new string('p', 255)), Decode("Basic " + Base64(longest)));
        Assert.Null(Decode("Basic " + Base64(longest + "p")));
        Assert.Null(Decode("Basic " + new string('A', 100_000)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("BasicYTpi")]
    [InlineData("Basic\tYTpi")]
    [InlineData("Bearer YTpi")]
    [InlineData("Basic YTpi YTpi")]
    [InlineData("Basic YT pi")]
    [InlineData("Basic YTpi,")]
    [InlineData("Basic YTp")]
    [InlineData("Basic YTo")]
    [InlineData("Basic YTo==")]
    [InlineData("Basic =YTpi")]
    [InlineData("Basic YWI=")]
    [InlineData("Basic -_-_")]
    [InlineData("Basic YTpi\u00e4")]
    public void Anything_else_is_refused(string value) => Assert.Null(Decode(value));

    /// <summary>Against a rule of its own: the platform's strict decoder on a value that is canonical base64, bit by bit.</summary>
    [Theory]
    [InlineData(7617)]
    [InlineData(4648)]
    public void The_decoder_agrees_with_a_slow_rule(int seed)
    {
        var random = new Random(seed);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var value = Next(random);
            var expected = Rule(value);
            Assert.True(expected == Hex(value), $"\"{value}\": {Hex(value)}, the rule says {expected}");
            if (expected is null) refused++;
            else accepted++;
        }
        Assert.True(accepted > 1000 && refused > 1000, $"{accepted} legal ones and {refused} others say little");
    }

    private static string? Rule(string value)
    {
        if (!value.StartsWith("basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var text = value[6..].TrimStart(' ');
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var digits = text.TrimEnd('=');
        if (text.Length % 4 != 0 || text.Length - digits.Length > 2 || digits.Any(digit => !alphabet.Contains(digit))) return null;
        var bits = string.Concat(digits.Select(digit => Convert.ToString(alphabet.IndexOf(digit), 2).PadLeft(6, '0')));
        // What is left over at the end has to be zero: one value has one spelling
        var bytes = Enumerable.Range(0, bits.Length / 8).Select(place => Convert.ToByte(bits.Substring(8 * place, 8), 2)).ToArray();
        if (bits[(8 * bytes.Length)..].Contains('1') || bytes.Length > BasicCredentials.MaxLength) return null;
        var colon = Array.IndexOf(bytes, (byte)':');
        return colon < 0 ? null : Convert.ToHexString(bytes[..colon]) + ":" + Convert.ToHexString(bytes[(colon + 1)..]);
    }

    private static string? Hex(string value)
    {
        var bytes = Encoding.Latin1.GetBytes(value);
        return BasicCredentials.TryDecode(Segments.CutAt(bytes, bytes.Length / 2), new byte[BasicCredentials.MaxLength], out var credentials)
            ? Convert.ToHexString(credentials.Username) + ":" + Convert.ToHexString(credentials.Password)
            : null;
    }

    private static string Next(Random random)
    {
        var bytes = new byte[random.Next(12)];
        random.NextBytes(bytes);
        if (bytes.Length > 0 && random.Next(8) > 0) bytes[random.Next(bytes.Length)] = (byte)':';
        var value = new StringBuilder(random.Next(8) == 0 ? "bASIC  " : "Basic ").Append(Convert.ToBase64String(bytes));
        for (var changes = random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(value.Length + 1);
            const string telling = "A=/+-_ \t:b\u00e4\0";
            if (random.Next(2) == 0 || at == value.Length) value.Insert(at, telling[random.Next(telling.Length)]);
            else value[at] = telling[random.Next(telling.Length)];
        }
        return value.ToString();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static (string Username, string Password)? Decode(string value)
    {
        var results = new[] { Encoding.Latin1.GetBytes(value) }.SelectMany(bytes => new[] { Segments.Whole(bytes), Segments.Single(bytes) })
            .Select(buffer => BasicCredentials.TryDecode(buffer, new byte[BasicCredentials.MaxLength], out var credentials)
                ? (Encoding.UTF8.GetString(credentials.Username), Encoding.UTF8.GetString(credentials.Password))
                : ((string, string)?)null)
            .Distinct();
        return Assert.Single(results);
    }
}
