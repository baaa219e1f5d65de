using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Socks5Egress.Logging;

namespace Socks5Egress.LocalForward;

/// <summary>What <c>forward</c> reports on standard error: sentences for people, or one JSON object a line with the keys of the gateway's log.</summary>
/// <param name="error">Standard error.</param>
/// <param name="json">JSON lines.</param>
/// <param name="time">The clock of the JSON lines.</param>
internal sealed class ForwardLog(TextWriter error, bool json, TimeProvider time)
{
    private readonly Lock _lock = new();

    public bool IsJson => json;

    /// <summary>Writes one event.</summary>
    /// <param name="level">How serious it is.</param>
    /// <param name="name">The value of <c>event</c> in JSON.</param>
    /// <param name="target">The target of the forward that it is about, or null.</param>
    /// <param name="sentence">What happened.</param>
    public void Write(LogLevel level, string name, string? target, string sentence)
    {
        var line = !json ? (target is null ? $"{CommandContext.Program} forward" : target) + ": " + sentence
            : Json(new LogEvent(time.GetUtcNow(), level, name, target is null ? [] : [new("target", target)], sentence, null));
        WriteLine(line);
    }

    /// <summary>A forward listens. As text this is part of what is announced.</summary>
    public void WriteReady(string listen, string target)
    {
        if (json) WriteLine(Json(new LogEvent(time.GetUtcNow(), LogLevel.Information, "forward.ready", [new("listen", listen), new("target", target)], null, null)));
    }

    private void WriteLine(string line)
    {
        lock (_lock)
        {
            error.WriteLine(line);
            error.Flush();
        }
    }

    private static string Json(in LogEvent happened)
    {
        var bytes = new ArrayBufferWriter<byte>();
        JsonLogFormat.Write(bytes, happened);
        return Encoding.UTF8.GetString(bytes.WrittenSpan).TrimEnd('\n');
    }
}
