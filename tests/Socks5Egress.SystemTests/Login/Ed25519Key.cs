using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Socks5Egress.SystemTests.Login;

/// <summary>A private key of Ed25519, by OpenSSL.</summary>
internal sealed unsafe partial class Ed25519Key
{
    private const string Crypto = "libcrypto.so.3";
    private readonly nint _key;

    public Ed25519Key()
    {
        fixed (byte* seed = RandomNumberGenerator.GetBytes(32)) _key = NewPrivateKey(1087, 0, seed, 32);
        nuint length = 32;
        fixed (byte* bytes = PublicKey)
            if (GetPublicKey(_key, bytes, &length) != 1) throw new CryptographicException("no public key");
    }

    public byte[] PublicKey { get; } = new byte[32];

    public byte[] Sign(byte[] message)
    {
        var signature = new byte[64];
        var context = NewContext();
        nuint length = 64;
        fixed (byte* text = message, room = signature)
            if (BeginSign(context, 0, 0, 0, _key) != 1 || Sign(context, room, &length, text, (nuint)message.Length) != 1) throw new CryptographicException("no signature");
        FreeContext(context);
        return signature;
    }

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    private static partial nint NewPrivateKey(int kind, nint engine, byte* key, nuint length);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    private static partial int GetPublicKey(nint key, byte* bytes, nuint* length);

    [LibraryImport(Crypto, EntryPoint = "EVP_MD_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(Crypto, EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestSignInit")]
    private static partial int BeginSign(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Crypto, EntryPoint = "EVP_DigestSign")]
    private static partial int Sign(nint context, byte* signature, nuint* signatureLength, byte* message, nuint length);
}
