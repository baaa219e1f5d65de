namespace Socks5Egress.Gateway.Grants;

/// <summary>When a session that is due ends. Part of the rulebook: a reload changes it.</summary>
/// <param name="Quiet">The time without a byte, both ways, that makes a moment quiet.</param>
/// <param name="Timeout">How long a session may be due without a quiet moment; zero: for ever.</param>
/// <param name="OnPasswordChange">A changed password makes the sessions of the old one due, instead of ending them at once.</param>
internal readonly record struct RetireSettings(TimeSpan Quiet, TimeSpan Timeout, bool OnPasswordChange = false);
