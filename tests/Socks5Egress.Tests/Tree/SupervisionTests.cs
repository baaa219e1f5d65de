using System.Text.RegularExpressions;
using Socks5Egress.Tests.Docs;
using Xunit;

namespace Socks5Egress.Tests.Tree;

/// <summary>
/// Nothing in the gateway runs unsupervised: threads, timers and tasks that nobody awaits are made in one folder, and in the client package in one
/// file. Read from the sources, comments and strings left out.
/// </summary>
public sealed partial class SupervisionTests
{
    private static readonly string[] Folders = ["src/Socks5Egress", "src/Socks5Egress.Gateway", "src/Socks5Egress.Transport", "src/Socks5Egress.Client"];

    /// <summary>The package has no supervisor: this file is its one place for work that is not awaited.</summary>
    private const string OfClient = "src/Socks5Egress.Client/Background.cs";

    public static TheoryData<string, string> Ways => new()
    {
        { "a thread", @"\bnew Thread\(" },
        { "a timer", @"\bnew (System\.Threading\.)?Timer\(|\.CreateTimer\(" },
        { "a task on the pool", @"\bTask\.Run\(|\.StartNew\(" },
        { "work on the pool", @"\b(Unsafe)?QueueUserWorkItem\(|\bUnsafeQueueNativeOverlapped\(|\bRegisterWaitForSingleObject\(" },
        { "a continuation", @"\.ContinueWith\(" },
        { "a method that nobody can await", @"\basync void\b|\basync (static )?(\(\)|\w+) =>(?=[^;]*\.Register\()" },
        // A task that is thrown away: by a discard, or by a statement that is nothing but the call
        { "a task that is discarded", @"\b_ = (?!await\b)[^;=]*?(Async\(|\.AsTask\()" },
        { "a task that is dropped", @"(?<=[;{}]\s*)(?!return\b|await\b|yield\b|throw\b|using\b|var\b)[A-Za-z_][\w.?]*Async\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\);" },
    };

    [Theory, MemberData(nameof(Ways))]
    public void Only_the_supervisor_starts(string what, string way)
    {
        // An awaiter hands on what was awaited; it starts nothing
        var found = Folders.SelectMany(folder => Repository.Files(folder, "*.cs")).Where(file => file != OfClient)
            .Where(file => !Code(file).Contains("ICriticalNotifyCompletion", StringComparison.Ordinal))
            .SelectMany(file => Regex.Matches(Code(file), way).Select(match => $"{what} in {file}: {match.Value.Trim()}"));
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("{ _ = ServeAsync(local); }", true)]
    [InlineData("if (x) { stream.DisposeAsync(); }", true)]
    [InlineData("foo(); leg.DisposeAsync().AsTask();", false)]
    [InlineData("{ await ServeAsync(local); }", false)]
    [InlineData("{ return ServeAsync(local); }", false)]
    [InlineData("{ var task = ServeAsync(local); }", false)]
    public void The_ways_find_what_they_should(string code, bool found) => Assert.Equal(found, Ways.Any(way => Regex.IsMatch(code, way.Data.Item2)));

    private static string Code(string file) => NoCode().Replace(Repository.Read(file), "");

    [GeneratedRegex(@"//.*$|""(?:[^""\\\n]|\\.)*""", RegexOptions.Multiline)]
    private static partial Regex NoCode();
}
