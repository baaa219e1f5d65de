using System.Globalization;
using Socks5Egress.Fly;

namespace Socks5Egress.Commands;

/// <summary><c>egress list</c>: every static address, the app's and its Machines'.</summary>
internal sealed class EgressListVerb() : EgressSubverb("list", "List the static egress addresses of an app and of its Machines")
{
    public override IReadOnlyList<string> Usage => ["egress list --app NAME [--json]"];

    protected override async Task<int> RunAsync(EgressCall call, CancellationToken cancellation)
    {
        var addresses = await call.Api.EgressAddressesAsync(call.App, cancellation);
        if (addresses.Error is { } error) return Fail(call.Context, error.Sentence);
        if (call.Json) WriteJson(call.Output, addresses.Value!.Select(EgressRow.Of), EgressJson.Default.IEnumerableEgressRow);
        else Write(call.Output, addresses.Value!);
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, EgressAddress[] addresses)
    {
        if (addresses.Length == 0)
        {
            output.WriteLine("No static egress address.");
            return;
        }

        const string Columns = "{0,-40} {1,-8} {2,-8} {3,-16} {4}";
        output.WriteLine(string.Format(CultureInfo.InvariantCulture, Columns, "ADDRESS", "SCOPE", "REGION", "MACHINE", "SINCE"));
        foreach (var address in addresses)
        {
            output.WriteLine(string.Format(
                CultureInfo.InvariantCulture, Columns, address.Address, address.IsMachineScoped ? "machine" : "app", address.Region, address.Machine ?? "-",
                address.UpdatedAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "-"));
        }
    }
}
