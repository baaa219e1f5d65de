using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Admin;

public sealed class AdminAuthorizationTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("127.0.0.1", "localhost:9180", null)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", null)]
    [InlineData("::1", "[::1]:9180", null)]
    [InlineData("127.0.0.1", "evil.example", 403)]
    [InlineData("127.0.0.1", "", 403)]
    [InlineData("10.0.0.1", "10.0.0.1:9180", 403)]
    public void Without_a_token_loopback_alone_is_served_by_a_Host_that_nobody_can_forge(string local, string host, int? status) =>
        Assert.Equal(status, Door().Refuses(Asking(local, host))?.Status);

    [Theory]
    [InlineData("Bearer " + Token, null)]
    [InlineData("bearer " + Token, null)]
    [InlineData("Bearer " + Token + "0", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("Basic anyone:" + Token, null)]
    [InlineData("Basic :" + Token, null)]
    [InlineData("Basic anyone:wrong", 401)]
    [InlineData(Token, 401)]
    [InlineData("", 401)]
    public void With_a_token_it_opens_the_door_off_loopback(string authorization, int? status)
    {
        var asking = Asking("10.0.0.1", "10.0.0.1:9180");
        if (authorization.StartsWith("Basic ", StringComparison.Ordinal)) authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(authorization[6..]));
        asking.Request.Headers.Authorization = authorization;

        var refusal = Door(Token).Refuses(asking);

        Assert.Equal(status, refusal?.Status);
        // A browser asks its user then
        Assert.Equal(status == 401, asking.Response.Headers.WWWAuthenticate.ToString().StartsWith("Basic ", StringComparison.Ordinal));
        Assert.DoesNotContain(Token, refusal?.Sentence ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_base64_is_a_wrong_token()
    {
        var asking = Asking("10.0.0.1", "10.0.0.1");
        asking.Request.Headers.Authorization = "Basic %%%";
        Assert.Equal(401, Door(Token).Refuses(asking)?.Status);
    }

    [Theory]
    [InlineData("gateway.internal", null)]
    [InlineData("GATEWAY.internal:9180", null)]
    [InlineData("gateway.internal.evil.example", 403)]
    public void A_name_of_the_operators_is_a_Host_too(string host, int? status)
    {
        var asking = Asking("10.0.0.1", host);
        asking.Request.Headers.Authorization = "Bearer " + Token;
        Assert.Equal(status, Door(Token, "gateway.internal").Refuses(asking)?.Status);
    }

    private static AdminAuthorization Door(string? token = null, params string[] hosts) => new(new AdminSettings
    {
        EndPoint = new IPEndPoint(IPAddress.Any, 0), Token = token is null ? null : new Secret(token), Hosts = [.. hosts],
    });

    private static DefaultHttpContext Asking(string local, string host)
    {
        var context = new DefaultHttpContext();
        context.Connection.LocalIpAddress = IPAddress.Parse(local);
        context.Request.Host = new HostString(host);
        return context;
    }
}
