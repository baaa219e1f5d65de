using System.IO.Pipelines;

namespace Socks5Egress.Transport;

/// <summary>Waits for input by a pipe.</summary>
internal static class InputWait
{
    /// <inheritdoc cref="ILeg.WaitForInputAsync"/>
    public static async ValueTask<bool> OfPipeAsync(PipeReader input)
    {
        var read = await input.ReadAsync();
        input.AdvanceTo(read.Buffer.Start);
        return !read.IsCanceled;
    }
}
