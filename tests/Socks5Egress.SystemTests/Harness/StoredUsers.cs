namespace Socks5Egress.SystemTests.Harness;

/// <summary>A users file, its stored forms made by <c>hash-password</c> as a user would.</summary>
internal static class StoredUsers
{
    public static async Task<string> WriteAsync(TemporaryFolder folder, params (string Name, string Password)[] users)
    {
        var lines = "";
        foreach (var (name, password) in users) lines += name + ":" + await HashAsync(password) + "\n";
        return folder.WriteSecret("users", lines);
    }

    /// <summary>The stored form of a password; of a generated token with <paramref name="token"/>.</summary>
    public static async Task<string> HashAsync(string password, bool token = false)
    {
        string[] arguments = token ? ["hash-password", "--token"] : ["hash-password"];
        var result = await ExternalProgram.RunAsync(GatewayProcess.Executable, arguments, input: password + "\n");
        return result.ExitCode == 0 ? result.Output.TrimEnd('\n') : throw new InvalidOperationException("hash-password failed: " + result);
    }
}
