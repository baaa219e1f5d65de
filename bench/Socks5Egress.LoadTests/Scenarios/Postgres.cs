using System.Net;
using Npgsql;
using Socks5Egress.Client;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: real queries of a pooled driver that speaks no SOCKS, through an in-process forward; pooled connections live two seconds.</summary>
internal static class Postgres
{
    private const int Copies = 16;
    private const int Accounts = 100_000;

    public static LoadScenario Of(Surroundings around, PostgresUnderLoad server)
    {
        Socks5Forwarder? forwarder = null;
        NpgsqlDataSource? source = null;
        return new LoadScenario("postgres", "Look-ups by primary key through Npgsql's pool, with reconnects")
        {
            Init = _ =>
            {
                forwarder = Socks5Forwarder.Start(around.Client, "127.0.0.1", server.Port);
                var local = (IPEndPoint)forwarder.LocalEndPoint;
                source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
                {
                    Host = local.Address.ToString(),
                    Port = local.Port,
                    Username = PostgresUnderLoad.User,
                    Database = PostgresUnderLoad.Database,
                    MaxPoolSize = Copies,
                    ConnectionLifetime = 2,
                    SslMode = SslMode.Disable,
                }.ConnectionString);
                return Task.CompletedTask;
            },
            Run = async cancellation =>
            {
                await using var command = source!.CreateCommand("select abalance from pgbench_accounts where aid = $1");
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Random.Shared.Next(1, Accounts + 1) });
                return await command.ExecuteScalarAsync(cancellation) is int ? LoadResponse.Ok(sizeBytes: 0) : LoadResponse.Fail("no-row");
            },
            Clean = async _ =>
            {
                if (source is not null) await source.DisposeAsync();
                if (forwarder is not null) await forwarder.DisposeAsync();
            },
            WarmUp = TimeSpan.FromSeconds(2),
            Simulations = [new KeepConstant(Copies, around.During)],
            Limits = new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(2)),
        };
    }
}
