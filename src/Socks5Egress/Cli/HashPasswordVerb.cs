using System.CommandLine;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Cli;

/// <summary><c>hash-password</c>: standard input to the stored form that a user file holds.</summary>
internal sealed class HashPasswordVerb : Verb
{
    public const string VerbName = "hash-password";
    public const string Summary = "Turn a password into the form that a user file holds";

    // RFC 1929: PLEN is one byte
    private const int LongestPassword = 255;

    private readonly Option<bool> _token = new("--token")
    {
        Arity = ArgumentArity.Zero,
        Description = "It is a generated token of at least 128 random bits: a plain SHA-256 is enough, and each login is cheap",
    };

    public HashPasswordVerb()
        : base(VerbName, Summary + ". The password is read from standard input; one newline at its end is dropped, nothing else.")
        => Options.Add(_token);

    public override IReadOnlyList<string> Usage => ["hash-password [--token] < PASSWORD"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("echo \"alice:$(socks5egress hash-password < password.txt)\" >> users.txt", "A user with a password"),
        ("openssl rand -hex 32 | tee token.txt | socks5egress hash-password --token", "A generated token for a program"),
    ];

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        if (context.InputIsTerminal)
            await context.Error.WriteLineAsync("Type the password (it is shown), then Enter and Ctrl-D.");
        var buffer = new byte[LongestPassword + 2];
        var read = await context.Input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        var password = buffer.AsMemory(0, read);
        if (password.Span is [.., (byte)'\n']) password = password[..^1];

        if (password.Length is 0 or > LongestPassword)
        {
            await context.Error.WriteLineAsync(password.IsEmpty
                ? $"{CommandLine.Program}: the password on standard input is empty"
                : $"{CommandLine.Program}: the password on standard input is longer than 255 bytes, which is all that SOCKS5 can carry");
            return ExitCode.Failed;
        }
        if (!IsGiven(parsed, _token) && password.Span is [.., 0])
        {
            await context.Error.WriteLineAsync($"{CommandLine.Program}: the password on standard input ends in a NUL byte, which its stored form could not tell from one without");
            return ExitCode.Failed;
        }
        var stored = IsGiven(parsed, _token) ? StoredPassword.OfToken(password.Span) : StoredPassword.OfPassword(password.Span);
        CryptographicOperations.ZeroMemory(buffer);
        return context.Print(output => output.WriteLine(stored.Format()));
    }
}
