using CsCheck;

namespace Socks5Egress.Tests.Protocol.Fuzz;

/// <summary>
/// A legal message, spoilt: bits, bytes, lengths, pieces twice, pieces of others. CsCheck chooses, and makes a finding as small as it can.
/// </summary>
/// <param name="Bytes">The message.</param>
/// <param name="Cuts">A rising list of places to cut it at.</param>
internal sealed record SpoiltMessage(byte[] Bytes, int[] Cuts)
{
    private const int Longest = 4096;

    private static readonly byte[] Telling = [0, 1, 2, 3, 4, 5, 0x0A, 0x0D, 0x20, 0x25, 0x2A, 0x2E, 0x3A, 0x40, 0x5B, 0x5D, 0x7F, 0x80, 0xFF];

    /// <summary>Spoils the messages of a corpus.</summary>
    public static Gen<SpoiltMessage> Of(byte[][] corpus)
    {
        var edit = Gen.Select(
            Gen.Int[0, 7], Gen.Int[0, Longest], Gen.Int[1, 299], Gen.OneOf(Gen.OneOfConst(Telling), Gen.Byte), Gen.OneOfConst(corpus),
            (kind, at, length, value, other) => new Edit(kind, at, length, value, other));
        return Gen.Select(Gen.OneOfConst(corpus), edit.Array[1, 7], Gen.Int[0, Longest].Array[1, 5], Make);
    }

    private static SpoiltMessage Make(byte[] legal, Edit[] edits, int[] cuts)
    {
        List<byte> bytes = [.. legal];
        foreach (var edit in edits) edit.Spoil(bytes);
        if (bytes.Count > Longest) bytes.RemoveRange(Longest, bytes.Count - Longest);
        return new SpoiltMessage([.. bytes], [.. cuts.Select(cut => cut % (bytes.Count + 1)).Order()]);
    }

    private readonly record struct Edit(int Kind, int At, int Length, byte Value, byte[] Other)
    {
        public void Spoil(List<byte> bytes)
        {
            var at = At % (bytes.Count + 1);
            var piece = Math.Min(1 + (Length % 16), bytes.Count - at);
            switch (Kind)
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << (Length % 8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = Value;
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] += (byte)(Length % 2 == 0 ? 1 : -1);
                    break;
                case 3:
                    bytes.Insert(at, Value);
                    break;
                case 4:
                    bytes.RemoveRange(at, piece);
                    break;
                case 5:
                    bytes.InsertRange(at, bytes.GetRange(at, piece));
                    break;
                case 6:
                    bytes.InsertRange(at, Other[(Length % Other.Length)..]);
                    break;
                case 7:
                    bytes.InsertRange(at, Enumerable.Repeat(Value, Length));
                    break;
            }
        }
    }
}
