using System.Text.Json;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Sessions;

namespace Socks5Egress.Admin;

/// <summary>A live session as <c>/sessions</c> shows it: the fields of <c>session.end</c> so far, and its stage.</summary>
internal static class SessionJson
{
    public static void Write(Utf8JsonWriter json, ILiveSession session)
    {
        json.WriteStartObject();
        json.WriteString("stage", session.Stage.ToString().ToLowerInvariant());
        foreach (var (key, value) in session.Record)
        {
            switch (value)
            {
                case string text:
                    json.WriteString(key, text);
                    break;
                case long number:
                    json.WriteNumber(key, number);
                    break;
                case double number:
                    json.WriteNumber(key, number);
                    break;
            }
        }
        json.WriteNumber("age_ms", Math.Round(session.Record.Duration.TotalMilliseconds));
        json.WriteEndObject();
    }
}
