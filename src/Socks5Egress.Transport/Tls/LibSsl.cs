using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// What the record layer needs of OpenSSL 3: the library that <c>SslStream</c> works with on Linux, already loaded by it. Only
/// documented functions of its stable ABI.
/// </summary>
internal static unsafe partial class LibSsl
{
    public const string Ssl = "libssl.so.3";

    public const int ErrorWantRead = 2, ErrorZeroReturn = 6;
    public const int ControlMode = 33, ControlFlush = 11;
    public const int ModeReleaseBuffers = 0x10;
    public const int BioRead = 1, BioShouldRetry = 8, BioSourceSink = 0x0400;
    public const ulong OptionAllowClientRenegotiation = 1UL << 8, OptionNoRenegotiation = 1UL << 30;

    private const string Crypto = "libcrypto.so.3";

    [LibraryImport(Ssl, EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* bytes, int length);

    [LibraryImport(Ssl, EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* bytes, int length);

    [LibraryImport(Ssl, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_error")]
    public static partial int GetError(nint ssl, int result);

    /// <summary>Decrypted bytes that wait to be read.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_pending")]
    public static partial int Pending(nint ssl);

    /// <summary>As <see cref="Pending"/>, or a part of a record that is not whole yet.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_has_pending")]
    public static partial int HasPending(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_free_buffers")]
    public static partial int FreeBuffers(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_quiet_shutdown")]
    public static partial void SetQuietShutdown(nint ssl, int quiet);

    [LibraryImport(Ssl, EntryPoint = "SSL_ctrl")]
    public static partial nint Control(nint ssl, int command, nint argument, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_options")]
    public static partial ulong SetOptions(nint ssl, ulong options);

    [LibraryImport(Ssl, EntryPoint = "SSL_clear_options")]
    public static partial ulong ClearOptions(nint ssl, ulong options);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_SSL_CTX")]
    public static partial nint GetContext(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetCipherList(nint context, string suites);

    /// <summary>The name of the suite at this place, in static memory; 0 behind the last.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_get_cipher_list")]
    public static partial nint GetCipher(nint ssl, int index);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_rbio")]
    public static partial nint GetReadBio(nint ssl);

    /// <summary>Takes the reference over, also when both are the same one; frees those that were there.</summary>
    [LibraryImport(Ssl, EntryPoint = "SSL_set_bio")]
    public static partial void SetBio(nint ssl, nint read, nint write);

    [LibraryImport(Crypto, EntryPoint = "OpenSSL_version_num")]
    public static partial nuint Version();

    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "BIO_new")]
    public static partial nint NewBio(nint method);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_flags")]
    public static partial void SetBioFlags(nint bio, int flags);

    [LibraryImport(Crypto, EntryPoint = "BIO_ctrl_pending")]
    public static partial nuint BioPending(nint bio);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewBioMethod(int type, string name);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_read")]
    public static partial int SetBioRead(nint method, delegate* unmanaged<nint, byte*, int, int> read);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_write")]
    public static partial int SetBioWrite(nint method, delegate* unmanaged<nint, byte*, int, int> write);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_ctrl")]
    public static partial int SetBioControl(nint method, delegate* unmanaged<nint, int, nint, nint, nint> control);
}
