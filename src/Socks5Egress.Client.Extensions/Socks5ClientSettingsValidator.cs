using Microsoft.Extensions.Options;

namespace Socks5Egress.Client.Extensions;

/// <summary>Finds what is wrong when the host starts, not when the first connection is wanted. No sentence has a password in it.</summary>
internal sealed class Socks5ClientSettingsValidator : IValidateOptions<Socks5ClientSettings>
{
    public ValidateOptionsResult Validate(string? name, Socks5ClientSettings options)
    {
        var who = string.IsNullOrEmpty(name) ? "The SOCKS5 client" : $"The SOCKS5 client '{name}'";
        if (string.IsNullOrWhiteSpace(options.Via)) return ValidateOptionsResult.Fail($"{who} has no Via: write the gateway there, socks5://[user[:password]@]host:port.");
        if (options.WrongTimeout is { } wrong) return ValidateOptionsResult.Fail($"{who} has a ConnectTimeout that is no time span ('{wrong}'): write for example 00:00:10.");
        try
        {
            options.ToClient(null);
            return ValidateOptionsResult.Success;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return ValidateOptionsResult.Fail($"{who}: {fault.Message}");
        }
    }
}
