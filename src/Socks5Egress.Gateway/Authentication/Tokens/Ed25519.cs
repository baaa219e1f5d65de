namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>Verifies signatures of Ed25519 (RFC 8032), which .NET does not have: OpenSSL does it.</summary>
internal static unsafe class Ed25519
{
    private static readonly Lazy<bool> Found = new(Try);

    /// <summary>This system has what it takes.</summary>
    public static bool IsAvailable => Found.Value;

    /// <summary>Whether a signature is that of a key. Any thread.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes; any other length is wrong.</param>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (key.Length != 32 || signature.Length != 64) return false;
        nint context = 0, handle = 0;
        try
        {
            fixed (byte* bytes = key, text = message, proof = signature)
            {
                handle = LibCrypto.NewPublicKey(LibCrypto.Ed25519, 0, bytes, 32);
                context = LibCrypto.NewContext();
                return handle != 0 && context != 0 && LibCrypto.BeginVerify(context, 0, 0, 0, handle) == 1
                    && LibCrypto.Verify(context, proof, 64, text, (nuint)message.Length) == 1;
            }
        }
        finally
        {
            LibCrypto.FreeContext(context);
            LibCrypto.FreeKey(handle);
            // What a failed call leaves on this thread would be taken for the fault of whoever asks next, such as TLS
            LibCrypto.ClearErrors();
        }
    }

    private static bool Try()
    {
        try
        {
            LibCrypto.ClearErrors();
            return OperatingSystem.IsLinux();
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
