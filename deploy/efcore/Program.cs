// EF Core through the gateway. The gateway comes from SOCKS5EGRESS_VIA and SOCKS5EGRESS_PASSWORD, the database from DATABASE:
//
//   SOCKS5EGRESS_VIA=socks5://app@egress.internal:1080 DATABASE='Host=db.example.com;Username=app;Password=…;Database=shop;SSL Mode=VerifyFull' dotnet run
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Socks5Egress.Client;
using Socks5Egress.Client.Npgsql;

await using var database = new NpgsqlDataSourceBuilder(Environment.GetEnvironmentVariable("DATABASE"))
    .UseSocks5(Socks5Client.FromEnvironment())
    .Build();
var options = new DbContextOptionsBuilder<Shop>().UseNpgsql(database).Options;

await using var shop = new Shop(options);
await shop.Database.EnsureCreatedAsync();
shop.Orders.Add(new Order { Customer = "Ada" });
await shop.SaveChangesAsync();
Console.WriteLine($"{await shop.Orders.CountAsync(order => order.Customer == "Ada")} order(s)");

internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}

internal sealed class Order
{
    public int Id { get; set; }

    public required string Customer { get; set; }
}
