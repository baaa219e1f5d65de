using System.Net;
using System.Text.Json.Serialization;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Gateway.Explaining;

/// <summary>What would become of a request.</summary>
internal enum ExplainedVerdict : byte
{
    /// <summary>It would be refused.</summary>
    [JsonStringEnumMemberName("deny")] Deny,

    /// <summary>It would be dialled.</summary>
    [JsonStringEnumMemberName("allow")] Allow,

    /// <summary>It would be dialled, and counted as one that an enforced policy refuses.</summary>
    [JsonStringEnumMemberName("report")] Report,

    /// <summary>Its name has no address.</summary>
    [JsonStringEnumMemberName("unresolved")] Unresolved,

    /// <summary>It is allowed, but every address is of a family that is not dialled.</summary>
    [JsonStringEnumMemberName("unreachable")] Unreachable,
}

/// <summary>What would become of one address of a request.</summary>
internal sealed record ExplainedAddress
{
    /// <summary>Canonical: scope dropped, mapped form unwrapped.</summary>
    public required string Address { get; init; }

    /// <summary>The name of its <see cref="AddressClass"/>.</summary>
    public required string Class { get; init; }

    /// <summary>Deny, allow or report.</summary>
    public required ExplainedVerdict Verdict { get; init; }

    /// <summary>The rule that decided.</summary>
    public required string Rule { get; init; }

    /// <summary>Its place in the order of dialling, from 1; null when it would not be dialled.</summary>
    public required int? Order { get; init; }

    /// <summary>The egress address; null for the system's choice, or when it would not be dialled.</summary>
    public required string? Source { get; init; }

    /// <summary>The route that decided on family and source, or null.</summary>
    public required string? Route { get; init; }

    /// <summary>Puts verdict, class and plan of one address together.</summary>
    public static ExplainedAddress Of(in Verdict verdict, AddressClass kind, ConnectAttempt[] steps)
    {
        var address = verdict.Address;
        var place = Array.FindIndex(steps, step => step.Address.Equals(address));
        return new ExplainedAddress
        {
            Address = address.ToString(),
            Class = AddressTable.Name(kind),
            Verdict = verdict.Decision switch
            {
                Decision.Allowed => ExplainedVerdict.Allow,
                Decision.Reported => ExplainedVerdict.Report,
                _ => ExplainedVerdict.Deny,
            },
            Rule = verdict.Rule,
            Order = place < 0 ? null : place + 1,
            Source = place < 0 ? null : steps[place].Source?.ToString(),
            Route = place < 0 ? null : steps[place].Route,
        };
    }
}
