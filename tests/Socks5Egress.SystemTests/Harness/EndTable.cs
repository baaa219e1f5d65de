using System.Net.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>How one side ends.</summary>
public enum EndHow
{
    Fin,
    Reset,

    /// <summary>It neither sends nor reads any more, and says nothing.</summary>
    Silence,
}

/// <summary>When it does so.</summary>
public enum EndWhen
{
    BeforeData,
    DuringData,
    AfterData,
}

/// <summary>
/// The reset and half-close table: {client, target} × {FIN, RST, silence} × {before, during, after data}. Any two ends of a path can play a row of it,
/// whatever lies between them.
/// </summary>
internal static class EndTable
{
    private const int Forth = 1 << 20;
    private const int Back = 4 << 20;

    /// <summary>Each row once for every value of what the caller varies besides.</summary>
    public static MatrixTheoryData<bool, EndHow, EndWhen, T> With<T>(IEnumerable<T> also) =>
        new([true, false], Enum.GetValues<EndHow>(), Enum.GetValues<EndWhen>(), also);

    /// <summary>The end that the gateway's log names: after silence its own idle timeout.</summary>
    public static string Name(bool byClient, EndHow how) => (how, byClient) switch
    {
        (EndHow.Silence, _) => "idle-timeout",
        (EndHow.Fin, true) => "client-fin",
        (EndHow.Fin, false) => "target-fin",
        (_, true) => "client-reset",
        (_, false) => "target-reset",
    };

    /// <summary>Plays one row and checks what both sides see. The path must be joined and unused, and for silence have an idle timeout.</summary>
    /// <param name="acting">The side that ends.</param>
    /// <param name="other">The side across.</param>
    public static Task PlayAsync(RawConnection acting, RawConnection other, EndHow how, EndWhen when) => how switch
    {
        EndHow.Fin => FinAsync(acting, other, when),
        EndHow.Reset => ResetAsync(acting, other, when),
        _ => SilenceAsync(acting, other, when),
    };

    private static async Task FinAsync(RawConnection acting, RawConnection other, EndWhen when)
    {
        if (when != EndWhen.DuringData)
        {
            if (when == EndWhen.AfterData) await ExchangeAsync(acting, other);
            acting.Finish();
            await other.AssertRestAsync([], Ending.Fin);
            await other.SendAsync("last words"u8.ToArray());
            other.Finish();
            await acting.AssertRestAsync("last words"u8.ToArray(), Ending.Fin);
            return;
        }

        var back = Pattern.SendAsync(other, Back);
        await Pattern.SendAsync(acting, Forth);
        acting.Finish();
        Assert.Equal(Ending.Fin, await Pattern.ReceiveAsync(other, Forth));
        var received = Pattern.ReceiveAsync(acting, Back);
        await back;
        other.Finish();
        Assert.Equal(Ending.Fin, await received);
    }

    private static async Task ResetAsync(RawConnection acting, RawConnection other, EndWhen when)
    {
        if (when == EndWhen.AfterData) await ExchangeAsync(acting, other);
        var sending = Task.CompletedTask;
        if (when == EndWhen.DuringData)
        {
            sending = SendUntilBrokenAsync(other);
            await acting.ReceiveAsync(256 * 1024);
        }
        acting.Reset();
        await sending;
        var (_, ending) = await EndOfAsync(other);
        Assert.Equal(Ending.Reset, ending);
    }

    private static async Task SilenceAsync(RawConnection acting, RawConnection other, EndWhen when)
    {
        if (when == EndWhen.AfterData) await ExchangeAsync(acting, other);
        // Until the buffers between them are full: then nothing flows
        if (when == EndWhen.DuringData) await SendUntilBrokenAsync(other);
        Assert.Equal(Ending.Reset, (await EndOfAsync(other)).Ending);
        Assert.Equal(Ending.Reset, (await EndOfAsync(acting)).Ending);
    }

    private static async Task ExchangeAsync(RawConnection one, RawConnection two)
    {
        var bytes = Pattern.Bytes(1000);
        await one.SendAsync(bytes);
        Assert.Equal(bytes, await two.ReceiveAsync(bytes.Length));
        await two.SendAsync(bytes);
        Assert.Equal(bytes, await one.ReceiveAsync(bytes.Length));
    }

    private static async Task SendUntilBrokenAsync(RawConnection connection)
    {
        try
        {
            await Pattern.SendAsync(connection, 1L << 30);
            Assert.Fail("Nothing ended it");
        }
        catch (SocketException)
        {
            // That is what it waits for
        }
    }

    // A connection whose end was met while sending gives the error once; afterwards it reads as ended in order
    private static async Task<(long Count, Ending Ending)> EndOfAsync(RawConnection connection)
    {
        if (!connection.Socket.Connected) return (0, Ending.Reset);
        var (bytes, ending) = await connection.ReceiveToEndAsync();
        return (bytes.Length, ending);
    }
}
