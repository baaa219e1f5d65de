using System.Globalization;
using System.Text;

namespace Socks5Egress.Logging;

/// <summary>
/// What no log line shows as it is: it could move a terminal's cursor, turn the writing direction, hide letters or begin a line, and values come
/// from clients. One rule for both forms of the log.
/// </summary>
internal static class LogEscape
{
    /// <summary>Whether a letter is written by its number.</summary>
    public static bool Needs(Rune rune) => !(rune.IsAscii && rune.Value is >= 0x20 and < 0x7f) && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
