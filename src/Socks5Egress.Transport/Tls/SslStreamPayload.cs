using System.Net.Security;

namespace Socks5Egress.Transport.Tls;

/// <summary>The plain side by .NET's own means, where its session cannot be taken over.</summary>
internal sealed class SslStreamPayload(SslStream tls, CiphertextStream wire, ILeg raw, DecryptionGate gate) : PlaintextStream(raw)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        gate.Enter();
        try
        {
            var count = await tls.ReadAsync(buffer, cancellationToken);
            return count == 0 && buffer.Length > 0 && IsTruncated ? throw new TruncatedException() : count;
        }
        catch (IOException cause) when (IsTruncated && cause is not TruncatedException)
        {
            throw new TruncatedException();
        }
        finally
        {
            gate.Leave();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        tls.WriteAsync(buffer, cancellationToken);

    protected override Task ShutdownAsync() => gate.RunAsync(tls.ShutdownAsync);

    private bool IsTruncated => wire.Ended;
}
