using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// The client's half of RFC 1928 and RFC 1929 on a connected socket. It never reads a byte beyond the reply: what follows is the target's. A server that
/// has not chosen a private method gets each message after the answer to the one before; one that has gets all that is due in one write.
/// </summary>
/// <param name="socket">The connection.</param>
/// <param name="proxy">The gateway.</param>
/// <param name="failures">The sentences.</param>
/// <param name="bought">What the gateway's login has bought; null: its own credentials count.</param>
internal sealed class Handshake(Socket socket, Socks5Proxy proxy, Socks5Errors failures, BoughtPassword? bought = null)
{
    private readonly System.Net.NetworkCredential? _credentials = bought?.Credentials ?? proxy.Credentials;

    // Room for all of it: an array that is grown out of would keep a password
    private readonly ArrayBufferWriter<byte> _unsent = new(6 + UserPassword.MaxLength + Request.MaxLength);
    private bool _awaitsSelection, _awaitsLogin;
    private AuthMethod? _assumed;

    /// <summary>What the gateway chose, or is assumed to choose.</summary>
    public AuthMethod Method { get; private set; } = AuthMethod.NoneAcceptable;

    /// <summary>The gateway takes messages ahead of its answers.</summary>
    public bool Pipelines => Method is AuthMethod.Pipelined or AuthMethod.PipelinedUserPassword;

    /// <summary>The method is from an earlier connection, and the gateway has not confirmed it.</summary>
    public bool IsAssumed => _assumed is not null;

    /// <summary>The gateway has said no: nothing that was sent after that message is used.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Agrees on a method. Where that says so, a login is written with what comes next; else it is done here.</summary>
    /// <param name="offersPipelining">Whether the private methods are offered.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Negotiate"/> or <see cref="Socks5Stage.Authenticate"/>.</exception>
    public async Task NegotiateAsync(bool offersPipelining, CancellationToken cancellation)
    {
        // No authentication is offered beside the password: a gateway without users takes it, one with users asks for 02
        WriteGreeting((_credentials is not null, offersPipelining) switch
        {
            (false, false) => [AuthMethod.None],
            (true, false) => [AuthMethod.None, AuthMethod.UserPassword],
            (false, true) => [AuthMethod.None, AuthMethod.Pipelined],
            (true, true) => [AuthMethod.None, AuthMethod.UserPassword, AuthMethod.Pipelined, AuthMethod.PipelinedUserPassword],
        });
        await ExchangeAsync(cancellation);
        if (Method is AuthMethod.UserPassword or AuthMethod.PipelinedUserPassword) WriteLogin();
        if (!Pipelines) await ExchangeAsync(cancellation);
    }

    /// <summary>Writes greeting and login for a gateway that chose this private method before; they go with what comes next.</summary>
    public void Assume(AuthMethod method)
    {
        (Method, _assumed) = (method, method);
        // Only this one is offered: another server refuses it, and uses nothing of what follows
        WriteGreeting([method]);
        if (method == AuthMethod.PipelinedUserPassword) WriteLogin();
    }

    /// <summary>Sends what is written and reads the answers to it: after this the connection stands ready for a request.</summary>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Negotiate"/> or <see cref="Socks5Stage.Authenticate"/>.</exception>
    public async Task ExchangeAsync(CancellationToken cancellation)
    {
        await SendAsync(ReadOnlyMemory<byte>.Empty, Socks5Stage.Negotiate, cancellation);
        await ReadAnswersAsync(cancellation);
    }

    /// <summary>Sends the request with everything that is still due before it and, where the gateway takes them, the first bytes that are there.</summary>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Request"/>.</exception>
    public Task SendRequestAsync(Command command, Destination target, EarlyCursor early, CancellationToken cancellation)
    {
        _unsent.Advance(Request.Write(_unsent.GetSpan(Request.MaxLength), command, target));
        return SendAsync(Pipelines ? early.Take() : ReadOnlyMemory<byte>.Empty, Socks5Stage.Request, cancellation);
    }

    /// <summary>Reads the answers to greeting and login, where they are due.</summary>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Negotiate"/> or <see cref="Socks5Stage.Authenticate"/>.</exception>
    public async Task ReadAnswersAsync(CancellationToken cancellation)
    {
        var answer = new byte[2];
        if (_awaitsSelection)
        {
            await ReceiveAsync(answer, Socks5Stage.Negotiate, cancellation);
            _awaitsSelection = false;
            TakeSelection(answer);
        }
        if (!_awaitsLogin) return;
        await ReceiveAsync(answer, Socks5Stage.Authenticate, cancellation);
        _awaitsLogin = false;
        var status = UserPasswordStatus.Read(new ReadOnlySequence<byte>(answer));
        if (status.Status != ParseStatus.Done) throw failures.Garbled(Socks5Stage.Authenticate);
        WasRefused = !status.Value.Succeeded;
        if (WasRefused) throw bought is not null ? failures.BoughtRefused(proxy.Passwords!.Refused(_credentials!)) : failures.Rejected();
        if (bought is not null) proxy.Passwords!.Taken(_credentials!);
    }

    /// <summary>Waits until the gateway has dialed the target.</summary>
    /// <returns>The gateway's end of the connection to the target, as it says: the egress address, or 0.0.0.0.</returns>
    /// <exception cref="Socks5Exception">At <see cref="Socks5Stage.Request"/>.</exception>
    public async Task<Destination> ReadReplyAsync(CancellationToken cancellation)
    {
        var buffer = new byte[Reply.MaxLength];
        // A refusal may come without the address fields and with a close right after it: its code is enough
        await ReceiveAsync(buffer.AsMemory(0, 2), Socks5Stage.Request, cancellation);
        if (buffer[0] != 5) throw failures.Garbled(Socks5Stage.Request);
        WasRefused = (ReplyCode)buffer[1] != ReplyCode.Succeeded;
        if (WasRefused) throw failures.Refused((ReplyCode)buffer[1]);
        await ReceiveAsync(buffer.AsMemory(2, 3), Socks5Stage.Request, cancellation);
        var length = ReplyLength(buffer);
        await ReceiveAsync(buffer.AsMemory(5, length - 5), Socks5Stage.Request, cancellation);
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

    private void TakeSelection(byte[] answer)
    {
        var selection = MethodSelection.Read(new ReadOnlySequence<byte>(answer));
        if (selection.Status != ParseStatus.Done) throw failures.NotSocks5();
        var method = selection.Value.Method;
        WasRefused = method == AuthMethod.NoneAcceptable;
        if (_assumed is { } assumed && method != assumed && !WasRefused) throw failures.Garbled(Socks5Stage.Negotiate);
        Method = method;
        if (!(method is AuthMethod.None or AuthMethod.Pipelined
            || (_credentials is not null && method is AuthMethod.UserPassword or AuthMethod.PipelinedUserPassword))) throw failures.NoMethod();
    }

    private void WriteGreeting(ReadOnlySpan<AuthMethod> methods)
    {
        _unsent.Advance(Greeting.Write(_unsent.GetSpan(2 + methods.Length), methods));
        _awaitsSelection = true;
    }

    private void WriteLogin()
    {
        var user = Encoding.UTF8.GetBytes(_credentials!.UserName);
        var password = Encoding.UTF8.GetBytes(_credentials.Password);
        _unsent.Advance(UserPassword.Write(_unsent.GetSpan(3 + user.Length + password.Length), user, password));
        CryptographicOperations.ZeroMemory(password);
        _awaitsLogin = true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> early, Socks5Stage stage, CancellationToken cancellation)
    {
        var length = _unsent.WrittenCount + early.Length;
        if (length == 0) return;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        _unsent.WrittenSpan.CopyTo(buffer);
        early.CopyTo(buffer.AsMemory(_unsent.WrittenCount));
        // Clears the password that it held, too
        _unsent.Clear();
        try
        {
            for (var sent = 0; sent < length;) sent += await socket.SendAsync(buffer.AsMemory(sent, length - sent), cancellation);
        }
        catch (SocketException e)
        {
            throw failures.Closed(stage, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task ReceiveAsync(Memory<byte> bytes, Socks5Stage stage, CancellationToken cancellation)
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
