using System.Net;
using NBomber.Contracts;
using NBomber.CSharp;
using Npgsql;
using Socks5Egress.Client;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Closed model: real queries of a pooled driver that speaks no SOCKS, through an in-process forward; pooled connections live two seconds.</summary>
internal static class Postgres
{
    private const int Copies = 16;
    private const int Accounts = 100_000;

    public static LoadScenario Of(Surroundings around, PostgresUnderLoad server)
    {
        var watch = new ScenarioWatch(around, around.During);
        Socks5Forwarder? forwarder = null;
        NpgsqlDataSource? source = null;
        LoadSimulation[] simulations = [Simulation.KeepConstant(copies: Copies, during: around.During)];
        var props = Scenario.Create("postgres", watch.Iteration(cancellation => LookUpAsync(source!, cancellation)))
            .WithInit(watch.Init(_ =>
            {
                forwarder = Socks5Forwarder.Start(around.Client, around.TargetHost, server.Port);
                source = Source((IPEndPoint)forwarder.LocalEndPoint);
                return Task.CompletedTask;
            }))
            .WithClean(watch.Clean(async _ =>
            {
                if (source is not null) await source.DisposeAsync();
                if (forwarder is not null) await forwarder.DisposeAsync();
            }))
            .WithWarmUpDuration(around.WarmUp)
            .WithLoadSimulations(simulations);
        return new LoadScenario(props, "Look-ups by primary key through Npgsql's pool, with reconnects", simulations, watch,
            new LoadLimits(FailPercent: 0, Percent99: TimeSpan.FromSeconds(2)));
    }

    private static async Task<IResponse> LookUpAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select abalance from pgbench_accounts where aid = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Random.Shared.Next(1, Accounts + 1) });
        return await command.ExecuteScalarAsync(cancellation) is int ? Response.Ok(statusCode: "ok") : Response.Fail(statusCode: "no-row");
    }

    private static NpgsqlDataSource Source(IPEndPoint local) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
    {
        Host = local.Address.ToString(),
        Port = local.Port,
        Username = PostgresUnderLoad.User,
        Database = PostgresUnderLoad.Database,
        MaxPoolSize = Copies,
        ConnectionLifetime = 2,
        SslMode = SslMode.Disable,
    }.ConnectionString);
}
