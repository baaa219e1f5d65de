using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.Protocol.Jwt;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Jwt;

/// <summary>
/// The reader of tokens against a rule that was written a second time: base64 by arithmetic, JSON by a parser of its own. The seeds are fixed; a failure
/// names the token, and comes again on every run.
/// </summary>
public sealed partial class JsonWebTokenSlowRuleTests
{
    private const int InputsPerSeed = 3000;

    private static readonly string[] Headers =
    [
        JsonWebTokenTests.Header, """{"alg":"EdDSA","kid":"a/../b"}""", """{ "kid" : "k\u0031", "alg" : "ES256", "typ" : "at+JWT" }""",
        """{"alg":"RS256","kid":"one","crit":["b64"],"b64":false}""",
    ];

    private static readonly string[] Payloads =
    [
        JsonWebTokenTests.Payload, """{"iss":"i","sub":"s","aud":["a","b"],"exp":9007199254740992,"x":{"a":[1,-2.5e3,null],"b":"\\\"\n"}}""",
        """{"exp":1,"aud":"\u00e4","sub":"é","iss":"\ud83d\ude00","iat":0,"nbf":0}""",
    ];

    [Fact]
    public void The_reader_agrees()
    {
        var met = new HashSet<JwtFault>();
        foreach (var seed in new[] { 7515, 7517, 7518, 7519 })
        {
            var random = new Random(seed);
            for (var i = 0; i < InputsPerSeed; i++)
            {
                var token = Next(random);
                var expected = Rule(token);
                var actual = JsonWebToken.TryRead(token, out var read);
                met.Add(actual);
                Assert.True((actual == JwtFault.None) == (expected is not null), $"seed {seed}, {Encoding.Latin1.GetString(token)}: {actual}, the rule says {expected ?? "no"}");
                if (read is not null) Assert.Equal(expected, $"{read.Algorithm} {read.KeyId} {read.Issuer} {read.Subject} {string.Join('|', read.Audiences)} {read.ExpiresAt} {read.NotBefore} {read.IssuedAt}");
            }
        }
        Assert.Superset(new HashSet<JwtFault> { JwtFault.None, JwtFault.Form, JwtFault.Json, JwtFault.Algorithm, JwtFault.Claim, JwtFault.Header, JwtFault.KeyId }, met);
    }

    private static byte[] Next(Random random)
    {
        var (header, payload) = (Headers[random.Next(Headers.Length)], Payloads[random.Next(Payloads.Length)]);
        for (var changes = random.Next(3); changes > 0; changes--)
        {
            if (random.Next(2) == 0) header = Change(random, header);
            else payload = Change(random, payload);
        }
        var token = $"{JsonWebTokenTests.Part(header)}.{JsonWebTokenTests.Part(payload)}.c2ln";
        return Encoding.Latin1.GetBytes(random.Next(4) == 0 ? Change(random, token) : token);
    }

    private static string Change(Random random, string text)
    {
        if (text.Length == 0) return text;
        var at = random.Next(text.Length);
        var length = random.Next(Math.Min(text.Length - at, 6) + 1);
        return random.Next(5) switch
        {
            0 => text[..at] + (char)random.Next(32, 127) + text[(at + 1)..],
            1 => text.Remove(at, length),
            2 => text.Insert(at, text.Substring(at, length)),
            3 => text[..at],
            _ => text[..at] + "\"\\{}[]:,0-.=_ "[random.Next(14)] + text[at..],
        };
    }

    /// <summary>What the token says, or null when it has to be refused.</summary>
    private static string? Rule(byte[] token)
    {
        var parts = Encoding.Latin1.GetString(token).Split('.');
        if (parts.Length != 3 || parts.Any(part => !Base64().IsMatch(part))) return null;
        var bytes = parts.Select(Decode).ToArray();
        if (bytes.Contains(null) || Slow.Read(bytes[0]!) is not { } header || Slow.Read(bytes[1]!) is not { } claims) return null;
        if (new[] { "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc", "epk", "p2s", "p2c", "cty" }.Any(header.ContainsKey)) return null;
        if (header.GetValueOrDefault("alg") is not "\"RS256" and not "\"ES256" and not "\"EdDSA") return null;
        if (header.TryGetValue("typ", out var typ) && typ.ToUpperInvariant() is not ("\"JWT" or "\"AT+JWT")) return null;
        if (!header.TryGetValue("kid", out var kid) || kid[0] != '"' || kid.Length is 1 or > 257 || kid.Any(char.IsControl)) return null;
        foreach (var name in new[] { "iss", "sub" })
            if (!claims.TryGetValue(name, out var value) || value[0] != '"' || value.Length == 1 || value.Any(char.IsControl)) return null;
        if (!claims.TryGetValue("aud", out var aud) || aud[0] is not ('"' or '[') || aud == "[" || aud.StartsWith("[!", StringComparison.Ordinal)) return null;
        var times = new List<long>();
        foreach (var name in new[] { "exp", "nbf", "iat" })
        {
            if (!claims.TryGetValue(name, out var value) && name != "exp") value = "#0";
            if (value is null || !Time().IsMatch(value) || !decimal.TryParse(value[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var time) || time > 9007199254740992m) return null;
            times.Add((long)time);
        }
        return $"{header["alg"][1..]} {kid[1..]} {claims["iss"][1..]} {claims["sub"][1..]} {aud[1..]} {string.Join(' ', times)}";
    }

    private static byte[]? Decode(string part)
    {
        var (bits, value, bytes) = (0, 0, new List<byte>());
        foreach (var letter in part)
        {
            value = (value << 6) | "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".IndexOf(letter, StringComparison.Ordinal);
            if ((bits += 6) < 8) continue;
            bytes.Add((byte)(value >> (bits -= 8)));
            value &= (1 << bits) - 1;
        }
        return bits == 6 || value != 0 ? null : [.. bytes];
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+\z")]
    private static partial Regex Base64();

    [GeneratedRegex(@"\A#(0|[1-9][0-9]{0,27})\z")]
    private static partial Regex Time();

    /// <summary>A parser of JSON by recursion over characters: each member as its type's letter and its text.</summary>
    private sealed class Slow(string text)
    {
        private int _at;

        public static Dictionary<string, string>? Read(byte[] utf8)
        {
            string text;
            try
            {
                text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
            }
            catch (ArgumentException)
            {
                return null;
            }
            var reader = new Slow(text);
            try
            {
                reader.Blank();
                var members = reader.Object(1);
                reader.Blank();
                return reader._at == text.Length ? members : null;
            }
            catch (FormatException)
            {
                return null;
            }
        }

        private Dictionary<string, string> Object(int depth)
        {
            var members = new Dictionary<string, string>(StringComparer.Ordinal);
            Take('{', depth);
            while (true)
            {
                Blank();
                if (members.Count == 0 && Peek == '}') break;
                var name = Text();
                Blank();
                Take(':');
                if (!members.TryAdd(name, Value(depth))) throw new FormatException();
                Blank();
                if (Peek != ',') break;
                _at++;
            }
            Take('}');
            return members;
        }

        private string Value(int depth)
        {
            Blank();
            var start = _at;
            switch (Peek)
            {
                case '"':
                    return "\"" + Text();
                case '{':
                    Object(depth + 1);
                    return "{";
                case '[':
                    return "[" + List(depth + 1);
                default:
                    while (Peek is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '-' or '+' or '.') _at++;
                    var word = text[start.._at];
                    if (word is "true" or "false" or "null") return word;
                    if (!Regex.IsMatch(word, @"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")) throw new FormatException();
                    return "#" + word;
            }
        }

        /// <summary>The items with a bar between; <c>!</c> when one is no text.</summary>
        private string List(int depth)
        {
            var items = new List<string>();
            Take('[', depth);
            while (true)
            {
                Blank();
                if (items.Count == 0 && Peek == ']') break;
                items.Add(Value(depth));
                Blank();
                if (Peek != ',') break;
                _at++;
            }
            Take(']');
            return items.Any(item => item[0] != '"') ? "!" : string.Join('|', items.Select(item => item[1..]));
        }

        private string Text()
        {
            Take('"');
            var value = new StringBuilder();
            while (Peek != '"')
            {
                if (Peek < ' ') throw new FormatException();
                if (Peek != '\\')
                {
                    value.Append(text[_at++]);
                    continue;
                }
                _at++;
                var kind = Peek;
                _at++;
                if (kind != 'u')
                {
                    var which = "\"\\/bfnrt".IndexOf(kind, StringComparison.Ordinal);
                    value.Append(which < 0 ? throw new FormatException() : "\"\\/\b\f\n\r\t"[which]);
                    continue;
                }
                if (_at + 4 > text.Length || !ushort.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, null, out var unit)) throw new FormatException();
                value.Append((char)unit);
                _at += 4;
            }
            _at++;
            var whole = value.ToString();
            for (var i = 0; i < whole.Length; i++)
            {
                if (!char.IsSurrogate(whole[i])) continue;
                if (i + 1 >= whole.Length || !char.IsSurrogatePair(whole[i], whole[i + 1])) throw new FormatException();
                i++;
            }
            return whole;
        }

        private char Peek => _at < text.Length ? text[_at] : throw new FormatException();

        private void Take(char letter, int depth = 1)
        {
            if (Peek != letter || depth > 16) throw new FormatException();
            _at++;
        }

        private void Blank()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n') _at++;
        }
    }
}
