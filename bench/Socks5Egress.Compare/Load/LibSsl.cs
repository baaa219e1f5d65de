using System.Runtime.InteropServices;

namespace Socks5Egress.Compare.Load;

/// <summary>The few functions of OpenSSL 3 that a client needs.</summary>
internal static unsafe partial class LibSsl
{
    public const int WantRead = 2, WantWrite = 3, ZeroReturn = 6;
    public const int SentAndReceived = 3;
    public const int Mode = 33, PartialWrite = 1, MovingBuffer = 2, AutoRetry = 4;

    [LibraryImport("libssl.so.3", EntryPoint = "TLS_client_method")]
    public static partial nint ClientMethod();

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_CTX_new")]
    public static partial nint NewContext(nint method);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_new")]
    public static partial nint New(nint context);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_set_shutdown")]
    public static partial void SetShutdown(nint ssl, int mode);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_free")]
    public static partial void Free(nint ssl);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_set_fd")]
    public static partial int SetFd(nint ssl, int fd);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_connect")]
    public static partial int Connect(nint ssl);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_ctrl")]
    public static partial nint Control(nint ssl, int command, nint argument, nint pointer);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* bytes, int length);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* bytes, int length);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_get_error")]
    public static partial int GetError(nint ssl, int result);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_get1_session")]
    public static partial nint GetSession(nint ssl);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_set_session")]
    public static partial int SetSession(nint ssl, nint session);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_SESSION_free")]
    public static partial void FreeSession(nint session);

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_session_reused")]
    public static partial int Reused(nint ssl);

    [LibraryImport("libcrypto.so.3", EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();
}
