using System.CommandLine;
using Socks5Egress.Fly;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>--allow-list FILE</c>: what the other sides let in.</summary>
internal sealed class EgressAllowListOption
{
    /// <summary>The option itself.</summary>
    public Option<string[]> Option { get; } = new("--allow-list")
    {
        HelpName = "FILE",
        Description = "What the other side lets in: an address or CIDR a line, # begins a comment; repeatable",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The files, once <see cref="Read"/> has found no fault.</summary>
    public List<AllowList> Lists { get; } = [];

    /// <returns>What is wrong, a sentence each.</returns>
    public List<string> Read(ParseResult parsed)
    {
        var faults = new List<string>();
        Lists.Clear();
        foreach (var file in parsed.GetValue(Option) ?? [])
        {
            try
            {
                Lists.Add(AllowList.Parse(file, File.ReadAllLines(file), faults));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                faults.Add($"{file} cannot be read: {exception.Message}");
            }
        }

        return [.. faults.Select(fault => "--allow-list: " + fault)];
    }
}
