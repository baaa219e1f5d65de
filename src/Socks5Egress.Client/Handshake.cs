using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// The client's half of RFC 1928 and RFC 1929 on a connected socket. Never reads a byte behind the reply: what follows
/// belongs to the target. Nothing is sent ahead of an answer, because some servers drop what comes early.
/// </summary>
internal static class Handshake
{
    /// <summary>Agrees on a method and authenticates.</summary>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Negotiate"/> or <see cref="Socks5Stage.Authenticate"/>.</exception>
    public static async Task NegotiateAsync(Socket socket, Socks5Proxy proxy, Socks5Errors failures, CancellationToken cancellation)
    {
        // No authentication is offered beside the password: a gateway without users takes it, one with users asks for 02
        AuthMethod[] methods = proxy.Credentials is null ? [AuthMethod.None] : [AuthMethod.None, AuthMethod.UserPassword];
        var buffer = new byte[2 + methods.Length];
        await SendAsync(socket, buffer.AsMemory(0, Greeting.Write(buffer, methods)), Socks5Stage.Negotiate, failures, cancellation);

        var answer = new byte[MethodSelection.Length];
        await ReceiveAsync(socket, answer, Socks5Stage.Negotiate, failures, cancellation);
        var selection = MethodSelection.Read(new ReadOnlySequence<byte>(answer));
        if (selection.Status != ParseStatus.Done) throw failures.NotSocks5();
        switch (selection.Value.Method)
        {
            case AuthMethod.None:
                return;
            case AuthMethod.UserPassword when proxy.Credentials is not null:
                await AuthenticateAsync(socket, proxy, failures, cancellation);
                return;
            default:
                throw failures.NoMethod();
        }
    }

    /// <summary>Asks for the target and waits until the gateway has dialled it.</summary>
    /// <returns>The gateway's end of the connection to the target, as it says: the egress address, or 0.0.0.0.</returns>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Request"/>.</exception>
    public static async Task<Destination> RequestAsync(
        Socket socket, Command command, Destination target, Socks5Errors failures, CancellationToken cancellation)
    {
        var buffer = new byte[Math.Max(Request.MaxLength, Reply.MaxLength)];
        await SendAsync(socket, buffer.AsMemory(0, Request.Write(buffer, command, target)), Socks5Stage.Request, failures, cancellation);

        // A refusal may come without the address fields and with a close right behind it: its code is enough
        await ReceiveAsync(socket, buffer.AsMemory(0, 2), Socks5Stage.Request, failures, cancellation);
        if (buffer[0] != 5) throw failures.Garbled(Socks5Stage.Request);
        if ((ReplyCode)buffer[1] != ReplyCode.Succeeded) throw failures.Refused((ReplyCode)buffer[1]);
        await ReceiveAsync(socket, buffer.AsMemory(2, 3), Socks5Stage.Request, failures, cancellation);
        var length = ReplyLength(buffer);
        await ReceiveAsync(socket, buffer.AsMemory(5, length - 5), Socks5Stage.Request, failures, cancellation);
        var reply = Reply.Read(new ReadOnlySequence<byte>(buffer, 0, length));
        return reply.Status == ParseStatus.Done ? reply.Value.ToBound() : throw failures.Garbled(Socks5Stage.Request);
    }

    /// <summary>The length of a reply whose first five bytes are there; 5 when no length makes it one.</summary>
    private static int ReplyLength(ReadOnlySpan<byte> start) => (AddressType)start[3] switch
    {
        AddressType.IPv4 => 4 + 4 + 2,
        AddressType.IPv6 => 4 + 16 + 2,
        AddressType.DomainName => 5 + start[4] + 2,
        _ => 5,
    };

    private static async Task AuthenticateAsync(Socket socket, Socks5Proxy proxy, Socks5Errors failures, CancellationToken cancellation)
    {
        var user = Encoding.UTF8.GetBytes(proxy.Credentials!.UserName);
        var password = Encoding.UTF8.GetBytes(proxy.Credentials.Password);
        var message = new byte[3 + user.Length + password.Length];
        UserPassword.Write(message, user, password);
        try
        {
            await SendAsync(socket, message, Socks5Stage.Authenticate, failures, cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
            CryptographicOperations.ZeroMemory(password);
        }

        var answer = new byte[UserPasswordStatus.Length];
        await ReceiveAsync(socket, answer, Socks5Stage.Authenticate, failures, cancellation);
        var status = UserPasswordStatus.Read(new ReadOnlySequence<byte>(answer));
        if (status.Status != ParseStatus.Done) throw failures.Garbled(Socks5Stage.Authenticate);
        if (!status.Value.Succeeded) throw failures.Rejected();
    }

    private static async Task SendAsync(
        Socket socket, ReadOnlyMemory<byte> bytes, Socks5Stage stage, Socks5Errors failures, CancellationToken cancellation)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
        }
        catch (SocketException e)
        {
            throw failures.Closed(stage, e);
        }
    }

    private static async Task ReceiveAsync(
        Socket socket, Memory<byte> bytes, Socks5Stage stage, Socks5Errors failures, CancellationToken cancellation)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var count = await socket.ReceiveAsync(bytes, cancellation);
                if (count == 0) throw failures.Closed(stage, null);
                bytes = bytes[count..];
            }
        }
        catch (SocketException e)
        {
            throw failures.Closed(stage, e);
        }
    }
}
