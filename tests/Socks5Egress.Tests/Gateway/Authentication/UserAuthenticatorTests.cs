using System.Text;
using Socks5Egress.Gateway.Authentication;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

public sealed class UserAuthenticatorTests
{
    private readonly CountingHash _hash = new();

    [Fact]
    public async Task A_right_password_is_hashed_once_and_remembered()
    {
        var verifier = Verifier(("app", "secret", 1000));

        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "secret"));
        Assert.Equal(1, _hash.Count);
        var second = Verify(verifier, "app", "secret").AsTask();

        Assert.True(second.IsCompleted);
        Assert.Equal(LoginResult.Accepted, await second);
        Assert.Equal(1, _hash.Count);
    }

    [Theory]
    [InlineData("app", "wrong")]
    [InlineData("app", "")]
    [InlineData("app", "secret ")]
    [InlineData("app", "secret\0")]
    [InlineData("app", "secre")]
    [InlineData("app\0", "secret")]
    [InlineData("nobody", "secret")]
    [InlineData("", "")]
    // The same bytes, divided otherwise
    [InlineData("ap", "psecret")]
    [InlineData("apps", "ecret")]
    public async Task Anything_else_is_refused_at_the_cost_of_one_hash_also_after_a_success(string user, string password)
    {
        var verifier = Verifier(("app", "secret", 1000));
        await Verify(verifier, "app", "secret");
        _hash.Count = 0;

        Assert.Equal(LoginResult.Refused, await Verify(verifier, user, password));
        Assert.Equal(LoginResult.Refused, await Verify(verifier, user, password));
        Assert.Equal(2, _hash.Count);
    }

    [Fact]
    public async Task A_failed_login_does_not_push_a_remembered_one_out()
    {
        var verifier = Verifier(("app", "secret", 1000));
        await Verify(verifier, "app", "secret");
        for (var i = 0; i < 100; i++) await Verify(verifier, "app", "wrong" + i);
        _hash.Count = 0;

        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "secret"));
        Assert.Equal(0, _hash.Count);
    }

    [Fact]
    public async Task A_wrong_login_costs_what_the_most_expensive_kind_costs_whoever_it_names()
    {
        var users = new Dictionary<string, StoredPassword>
        {
            ["dear"] = CountingHash.Store("x", 3000), ["cheap"] = CountingHash.Store("x", 1000), ["cheap2"] = CountingHash.Store("x", 1000),
            ["token"] = StoredPassword.OfToken("abc"u8), ["token2"] = StoredPassword.OfToken("abd"u8), ["token3"] = StoredPassword.OfToken("abe"u8),
        };
        var verifier = new UserAuthenticator(UserList.Of(users), _hash.Compute, 1, TimeProvider.System);

        foreach (var name in users.Keys.Append("nobody"))
        {
            _hash.Iterations = 0;
            Assert.Equal(LoginResult.Refused, await Verify(verifier, name, "wrong"));
            Assert.Equal(3000, _hash.Iterations);
        }
        _hash.Iterations = 0;
        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "token", "abc"));
        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "cheap", "x"));
        Assert.Equal(1000, _hash.Iterations);
    }

    [Fact]
    public async Task Where_all_have_tokens_an_unknown_user_costs_no_hash()
    {
        var verifier = new UserAuthenticator(UserList.Of(new Dictionary<string, StoredPassword> { ["app"] = StoredPassword.OfToken("abc"u8) }), _hash.Compute, 1, TimeProvider.System);

        Assert.Equal(LoginResult.Refused, await Verify(verifier, "nobody", "abc"));
        Assert.Equal(LoginResult.Refused, await Verify(verifier, "app", "abd"));
        Assert.Equal(LoginResult.Refused, await Verify(verifier, "app", "abc\0"));
        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "abc"));
        Assert.Equal(0, _hash.Count);
    }

    [Fact]
    public async Task Hashes_run_one_a_core_on_other_threads_and_the_queue_is_bounded()
    {
        const int Cores = 2;
        var verifier = Verifier(Cores, ("app", "secret", 1000));
        _hash.Gate.Reset();
        var logins = new List<Task<LoginResult>>();
        for (var i = 0; i < Cores + UserAuthenticator.QueueLength; i++) logins.Add(Verify(verifier, "app", "wrong").AsTask());
        Assert.DoesNotContain(logins, login => login.IsCompleted);

        var oneTooMany = Verify(verifier, "app", "wrong").AsTask();
        Assert.True(oneTooMany.IsCompleted);
        Assert.Equal(LoginResult.Busy, await oneTooMany);

        _hash.Gate.Set();
        Assert.All(await Task.WhenAll(logins), result => Assert.Equal(LoginResult.Refused, result));
        Assert.InRange(_hash.MostAtOnce, 1, Cores);
        Assert.Equal(logins.Count, _hash.Count);
        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "secret"));
    }

    [Fact]
    public async Task A_remembered_login_is_answered_while_the_queue_is_full()
    {
        var verifier = Verifier(("app", "secret", 1000));
        await Verify(verifier, "app", "secret");
        _hash.Gate.Reset();
        var logins = Enumerable.Range(0, 1 + UserAuthenticator.QueueLength).Select(_ => Verify(verifier, "app", "wrong").AsTask()).ToArray();

        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "secret"));
        _hash.Gate.Set();
        await Task.WhenAll(logins);
    }

    [Fact]
    public async Task The_callers_bytes_may_change_once_the_call_has_returned()
    {
        var verifier = Verifier(("app", "secret", 1000));
        _hash.Gate.Reset();
        var password = Encoding.UTF8.GetBytes("secret");
        var login = verifier.VerifyAsync(Encoding.UTF8.GetBytes("app"), password, cancellation: TestContext.Current.CancellationToken);
        Array.Clear(password);
        _hash.Gate.Set();

        Assert.Equal(LoginResult.Accepted, await login);
    }

    [Fact]
    public async Task The_real_hash_accepts_what_was_stored()
    {
        var users = UserList.Of(new Dictionary<string, StoredPassword> { ["app"] = StoredPassword.OfPassword("secret"u8, 1000) });
        var verifier = new UserAuthenticator(users, PasswordHashes.Pbkdf2, 1, TimeProvider.System);

        Assert.Equal(LoginResult.Accepted, await Verify(verifier, "app", "secret"));
        Assert.Equal(LoginResult.Refused, await Verify(verifier, "app", "secreu"));
        // To PBKDF2 itself this one is the same
        Assert.Equal(LoginResult.Refused, await Verify(verifier, "app", "secret\0"));
    }

    private UserAuthenticator Verifier(params (string Name, string Password, int Iterations)[] users) => Verifier(1, users);

    private UserAuthenticator Verifier(int cores, params (string Name, string Password, int Iterations)[] users)
        => new(UserList.Of(users.ToDictionary(user => user.Name, user => CountingHash.Store(user.Password, user.Iterations))), _hash.Compute, cores, TimeProvider.System);

    private static ValueTask<LoginResult> Verify(UserAuthenticator verifier, string user, string password)
        => verifier.VerifyAsync(Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password), cancellation: TestContext.Current.CancellationToken);
}
