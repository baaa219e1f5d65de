using System.CommandLine;
using System.Net;
using System.Text;
using Socks5Egress.Fly;
using Socks5Egress.Fly.Api;
using Socks5Egress.Protocol;

namespace Socks5Egress.Cli.Fly;

/// <summary>
/// <c>egress release</c>: gives an address back for good. It shows who still lets it in and wants the address typed, because a released
/// address goes to somebody else, and no other one can take its place in an allow-list without its owner.
/// </summary>
internal sealed class EgressReleaseVerb : EgressSubverb
{
    private readonly Argument<string?> _address = new("ADDRESS") { Arity = ArgumentArity.ZeroOrOne, Description = "The address to release; or --machine" };
    private readonly Option<string> _machine = new("--machine") { HelpName = "ID", Description = "Release the pair of this Machine" };
    private readonly Option<string> _yes = new("--yes") { HelpName = "ADDRESS", Description = "The address once more, instead of typing it" };
    private readonly EgressAllowListOption _lists = new();

    public EgressReleaseVerb()
        : base("release", "Release a static egress address for good. It has to be typed, or named with --yes")
    {
        Arguments.Add(_address);
        Options.Add(_machine);
        Options.Add(_yes);
        Options.Add(_lists.Option);
    }

    public override IReadOnlyList<string> Usage =>
        ["egress release ADDRESS --app NAME [--yes ADDRESS] [--allow-list FILE …]", "egress release --machine ID --app NAME [--yes ADDRESS] [--allow-list FILE …]"];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        foreach (var fault in base.Validate(parsed, context)) yield return fault;
        var (address, yes, machine) = (parsed.GetValue(_address), parsed.GetValue(_yes), parsed.GetValue(_machine));
        if (address is null && yes is null && machine is null) yield return "ADDRESS is missing: name the address to release, or --machine";
        foreach (var (name, text) in new[] { ("ADDRESS", address), ("--yes", yes) })
        {
            if (text is not null && !AddressLiteral.TryParse(text, out _)) yield return $"{name}: '{text}' is not an address";
        }

        if (address is not null && machine is not null) yield return "--machine: releases all that the Machine has; leave ADDRESS away";
        if (address is not null && yes is not null && !Same(address, yes)) yield return $"--yes: is {yes}, but the address to release is {address}; nothing was released";
        foreach (var fault in _lists.Read(parsed)) yield return fault;
    }

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var listed = await call.Addresses.EgressAsync(call.App, cancellation);
        if (listed.Error is { } failure) return Fail(call.Context, failure.Sentence);
        var machine = call.Parsed.GetValue(_machine);
        var named = call.Parsed.GetValue(_address) ?? (machine is null ? call.Parsed.GetValue(_yes) : null);
        var doomed = listed.Value!.Where(address => machine is null ? Same(address.Address.ToString(), named!) : address.Machine == machine).ToArray();
        if (doomed.Length == 0) return Fail(call.Context, $"{call.App} has no static egress address {named ?? "on Machine " + machine}: nothing was released.");
        // An address of a Machine is released with its Machine's name, and takes its pair along: the interface takes one or the other
        machine ??= doomed[0].Machine;
        if (machine is not null) doomed = [.. listed.Value!.Where(address => address.Machine == machine)];
        // Which of a region's addresses belong together is told nowhere
        var maybe = machine is not null ? [] : listed.Value!.Where(address =>
            !address.IsMachineScoped && address.Region == doomed[0].Region && address.Version != doomed[0].Version).ToArray();

        if (!await ConfirmAsync(call, doomed, maybe, cancellation))
            return Fail(call.Context, $"nothing was released: type the address as it is shown, or give --yes {doomed[0].Address}");

        var released = await call.ChangeAsync(
            token => call.Api.ReleaseAsync(call.App, machine is null ? doomed[0].Address : null, machine, token), cancellation);
        if (released.Error is { } error) return FailChange(call, error);
        var gone = released.Value!.Addresses.ToArray();
        if (call.Json) WriteJson(call.Output, new(call.App, gone.Select(address => address.ToString()), Listed(gone), released.Value.Complaint), EgressJson.Default.ReleasedRow);
        else call.Output.WriteLine("Released " + string.Join(" and ", gone.AsEnumerable()) + ". Remove them from every allow-list: they will belong to somebody else.");
        return released.Value.Complaint is { } complaint ? Fail(call.Context, complaint) : ExitCode.Done;
    }

    /// <summary>Where an allow-list still names them, a line each.</summary>
    private string[] Listed(IEnumerable<IPAddress> addresses) =>
        [.. from list in _lists.Lists from address in addresses let entry = list.Find(address) where entry is not null select $"{list.File}:{entry.Line} {address}"];

    private async Task<bool> ConfirmAsync(EgressCall call, EgressAddress[] doomed, EgressAddress[] maybe, CancellationToken cancellation)
    {
        var error = call.Context.Error;
        foreach (var line in Listed(doomed.Select(address => address.Address))) error.WriteLine("Still allow-listed: " + line);
        foreach (var line in Listed(maybe.Select(address => address.Address))) error.WriteLine("May go with it and is still allow-listed: " + line);
        if (call.Parsed.GetValue(_yes) is { } yes) return doomed.Any(address => Same(address.Address.ToString(), yes));
        error.WriteLine($"This releases {string.Join(" and ", doomed.Select(address => address.Address))} of {call.App} for good" +
            (maybe.Length == 0 ? "." : $", and may take {string.Join(" or ", maybe.Select(address => address.Address))} with it."));
        error.Write($"Type the address to go on: ");
        await error.FlushAsync(cancellation);
        using var input = new StreamReader(call.Context.Input, Encoding.UTF8);
        var typed = (await input.ReadLineAsync(cancellation))?.Trim();
        return typed is not null && doomed.Any(address => Same(address.Address.ToString(), typed));
    }

    private static bool Same(string left, string right) =>
        AddressLiteral.TryParse(left, out IPAddress? one) && AddressLiteral.TryParse(right, out IPAddress? other) && one.Equals(other);
}
