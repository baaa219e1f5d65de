using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>A long result arrives whole or the client says that it did not.</summary>
public sealed class CopyTests(EgressSetup setup)
{
    // 1,023 characters and a newline a row
    private const int RowsOfOneGiB = 1 << 20;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task One_GiB_of_COPY_arrives_with_the_right_checksum(string transport)
    {
        var gateway = await setup.GatewayAsync(transport);
        var expected = Task.Run(() => Checksum(RowsOfOneGiB), TestContext.Current.CancellationToken);
        string? actual = null;
        long length = 0;
        var result = await CopyAsync(await setup.ServerAsync(), gateway, RowsOfOneGiB, async (output, token) =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[256 * 1024];
            while (await output.ReadAsync(buffer, token) is > 0 and var got)
            {
                hash.AppendData(buffer, 0, got);
                length += got;
            }
            actual = Convert.ToHexString(hash.GetHashAndReset());
        });
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(1L << 30, length);
        Assert.Equal(await expected, actual);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_server_killed_in_the_middle_is_an_error_at_the_client(string transport)
    {
        await using var server = await PostgresServer.StartAsync();
        var gateway = await setup.GatewayAsync(transport);
        long length = 0;
        var result = await CopyAsync(server, gateway, RowsOfOneGiB, async (output, token) =>
        {
            var buffer = new byte[256 * 1024];
            while (await output.ReadAsync(buffer, token) is > 0 and var got)
            {
                var before = length;
                length += got;
                if (before < 32 << 20 && length >= 32 << 20) await server.KillAsync();
            }
        });
        Assert.InRange(length, 32 << 20, (1 << 30) - 1);
        Assert.NotEqual(0, result.ExitCode);
        Assert.NotEqual("", result.Error);
    }

    private static async Task<ProgramResult> CopyAsync(
        PostgresServer server, GatewayProcess gateway, int rows, Func<Stream, CancellationToken, Task> read)
    {
        using var folder = new TemporaryFolder();
        var copy = string.Create(CultureInfo.InvariantCulture,
            $"copy (select left(repeat(md5(i::text), 32), 1023) from generate_series(1, {rows}) i) to stdout");
        return await ExternalProgram.RunAsync("proxychains4",
            ["-q", "-f", SocksProxy.Of(gateway).WriteProxychains(folder), PostgresServer.Program("psql"), "-X", "-c", copy],
            DatabaseClient.Libpq(server, "127.0.0.1"), null, read, () => "");
    }

    /// <summary>SHA-256 of what <see cref="CopyAsync"/> asks for, computed here.</summary>
    private static string Checksum(int rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var row = new byte[1024];
        row[^1] = (byte)'\n';
        for (var i = 1; i <= rows; i++)
        {
            var digest = Encoding.ASCII.GetBytes(
#pragma warning disable CA5351 // not for security: PostgreSQL has md5() without an extension
                Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)))));
#pragma warning restore CA5351
            for (var at = 0; at < 1023; at += 32) digest.AsSpan(0, Math.Min(32, 1023 - at)).CopyTo(row.AsSpan(at));
            hash.AppendData(row);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
