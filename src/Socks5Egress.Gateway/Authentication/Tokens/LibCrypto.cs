using System.Runtime.InteropServices;

namespace Socks5Egress.Gateway.Authentication.Tokens;

/// <summary>What Ed25519 needs of OpenSSL 3, the library that .NET's own cryptography has loaded on Linux. Documented functions of its stable ABI only.</summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>The kind of key (<c>EVP_PKEY_ED25519</c>).</summary>
    public const int Ed25519 = 1087;

    private const string Name = "libcrypto.so.3";

    /// <returns>0 when it is no key.</returns>
    [LibraryImport(Name, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    public static partial nint NewPublicKey(int kind, nint engine, byte* key, nuint length);

    [LibraryImport(Name, EntryPoint = "EVP_PKEY_free")]
    public static partial void FreeKey(nint key);

    [LibraryImport(Name, EntryPoint = "EVP_MD_CTX_new")]
    public static partial nint NewContext();

    [LibraryImport(Name, EntryPoint = "EVP_MD_CTX_free")]
    public static partial void FreeContext(nint context);

    /// <returns>1 when it is ready. Ed25519 names no digest.</returns>
    [LibraryImport(Name, EntryPoint = "EVP_DigestVerifyInit")]
    public static partial int BeginVerify(nint context, nint keyContext, nint digest, nint engine, nint key);

    /// <returns>1 when the signature is right.</returns>
    [LibraryImport(Name, EntryPoint = "EVP_DigestVerify")]
    public static partial int Verify(nint context, byte* signature, nuint signatureLength, byte* message, nuint length);

    [LibraryImport(Name, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();
}
