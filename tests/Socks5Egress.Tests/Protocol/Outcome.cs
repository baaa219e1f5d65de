using Socks5Egress.Protocol;

namespace Socks5Egress.Tests.Protocol;

/// <summary>What a slow rule makes of bytes: where the message ends and what it says, or why it is none.</summary>
internal readonly record struct Outcome(ParseStatus Status, ParseFault Fault, int Consumed, string Text)
{
    public static Outcome NeedMore => new(ParseStatus.NeedMore, ParseFault.None, 0, "");

    public static Outcome Done(int consumed, string text) => new(ParseStatus.Done, ParseFault.None, consumed, text);

    public static Outcome Invalid(ParseFault fault) => new(ParseStatus.Invalid, fault, 0, "");
}
