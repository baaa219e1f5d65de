using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Socks5Egress.Gateway;

/// <summary>Every log line of the gateway but <c>session.end</c> (event 1), which <c>Accounting</c> writes. Event ids and names are stable; at Information there is one line a finished session.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 2, EventName = "session.fault", Level = LogLevel.Error, Message = "Unhandled exception in session {id}. This is a bug; please report it together with this log line.")]
    public static partial void SessionFault(ILogger logger, string id, Exception exception);

    [LoggerMessage(EventId = 3, EventName = "loop.fault", Level = LogLevel.Error, Message = "Unhandled exception in an event loop; the loop keeps running. This is a bug; please report it together with this log line.")]
    public static partial void LoopFault(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 4, EventName = "background.fault", Level = LogLevel.Error, Message = "Unhandled exception in {name}; it goes on after a pause. This is a bug; please report it together with this log line.")]
    public static partial void BackgroundFault(ILogger logger, string name, Exception exception);

    [LoggerMessage(EventId = 10, EventName = "gateway.ready", Level = LogLevel.Information, Message = "Socks5Egress {version} listening on {listen} by {transport}; admin at {admin}.")]
    public static partial void Ready(ILogger logger, string[] listen, string? admin, string transport, string version);

    [LoggerMessage(EventId = 11, EventName = "gateway.draining", Level = LogLevel.Information, Message = "Stopping: accepting for {delay_ms} ms more; {sessions} sessions may go on for {drain_ms} ms.")]
    public static partial void Draining(ILogger logger, int sessions, double delay_ms, double drain_ms);

    [LoggerMessage(EventId = 12, EventName = "gateway.stopped", Level = LogLevel.Information, Message = "Stopped; {cut} sessions were cut.")]
    public static partial void Stopped(ILogger logger, int cut);

    [LoggerMessage(EventId = 13, EventName = "gateway.warning", Level = LogLevel.Warning, Message = "{text}")]
    public static partial void ConfigurationWarning(ILogger logger, string text);

    [LoggerMessage(EventId = 20, EventName = "accept.failed", Level = LogLevel.Warning, Message = "Cannot accept on {listen}: {error}. Trying again in {wait_ms} ms.")]
    public static partial void AcceptFailed(ILogger logger, string listen, SocketError error, double wait_ms);

    [LoggerMessage(EventId = 21, EventName = "accept.recovered", Level = LogLevel.Information, Message = "Accepting on {listen} again.")]
    public static partial void AcceptRecovered(ILogger logger, string listen);

    [LoggerMessage(EventId = 30, EventName = "identity.waiting", Level = LogLevel.Warning, Message = "Not listening until connections leave from {expected}; /readyz at {admin} says what is seen.")]
    public static partial void IdentityWaiting(ILogger logger, string expected, string? admin);

    [LoggerMessage(EventId = 31, EventName = "identity.proven", Level = LogLevel.Information, Message = "Connections over {family} leave from {address}, as expected.")]
    public static partial void IdentityProven(ILogger logger, string family, IPAddress address);

    [LoggerMessage(EventId = 32, EventName = "identity.alarm", Level = LogLevel.Warning, Message = "{reason}")]
    public static partial void IdentityAlarm(ILogger logger, string reason);

    [LoggerMessage(EventId = 33, EventName = "destination.alarm", Level = LogLevel.Warning, Message = "{sessions} of at most {most} sessions go to {address}. Start another Machine, or pool connections.")]
    public static partial void DestinationAlarm(ILogger logger, IPAddress address, int sessions, int most);

    [LoggerMessage(EventId = 40, EventName = "oidc.keys", Level = LogLevel.Warning, Message = "The keys of the issuer {issuer} could not be fetched; those that are known hold for a day: {fault}.")]
    public static partial void IssuerKeysFailed(ILogger logger, string issuer, string fault);

    [LoggerMessage(EventId = 60, EventName = "forward.ready", Level = LogLevel.Information, Message = "Forward on {listen} leads to {targets}.")]
    public static partial void ForwardReady(ILogger logger, string listen, string[] targets);

    [LoggerMessage(EventId = 61, EventName = "forward.target-down", Level = LogLevel.Warning, Message = "Target {target} of the forward on {listen} is down: {failure}. New connections go to others.")]
    public static partial void ForwardTargetDown(ILogger logger, string listen, string target, string failure);

    [LoggerMessage(EventId = 62, EventName = "forward.target-up", Level = LogLevel.Information, Message = "Target {target} of the forward on {listen} is up again.")]
    public static partial void ForwardTargetUp(ILogger logger, string listen, string target);

    [LoggerMessage(EventId = 70, EventName = "gateway.reloaded", Level = LogLevel.Information, Message = "The configuration was read again: {users} users, {policies} policies.")]
    public static partial void Reloaded(ILogger logger, int users, int policies);

    [LoggerMessage(EventId = 71, EventName = "gateway.reload-refused", Level = LogLevel.Error, Message = "Reload rejected, asked for by {by}; the previous configuration stays in effect: {errors}")]
    public static partial void ReloadRefused(ILogger logger, string by, string errors);

    [LoggerMessage(EventId = 72, EventName = "gateway.restart-needed", Level = LogLevel.Warning, Message = "The configuration has changed where only a restart takes it over: {keys}")]
    public static partial void RestartNeeded(ILogger logger, string keys);

    [LoggerMessage(EventId = 73, EventName = "config.loaded", Level = LogLevel.Information, Message = "Configuration {digest} is in effect, asked for by {by}; changed: {changed}")]
    public static partial void ConfigurationLoaded(ILogger logger, string by, string digest, string[] changed);

    [LoggerMessage(EventId = 74, EventName = "gateway.own-addresses", Level = LogLevel.Information, Message = "The addresses of this machine have changed; it has {addresses} now. {ended} connections ended.")]
    public static partial void OwnAddressesChanged(ILogger logger, int addresses, int ended);

    [LoggerMessage(EventId = 100, EventName = "tls.certificate", Level = LogLevel.Information, Message = "{file} has changed; the next clients get the new certificate.")]
    public static partial void CertificateChanged(ILogger logger, string file);
}
