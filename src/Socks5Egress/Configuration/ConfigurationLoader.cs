using System.Collections.Immutable;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Configuration;

/// <summary>Puts the levels together: the command line over the environment over the file.</summary>
internal static class ConfigurationLoader
{
    private const int EnvironmentLevel = 1;

    /// <summary>The variable that every Machine of Fly.io has.</summary>
    public const string FlyApp = "FLY_APP_NAME";

    /// <summary>
    /// Reads and checks everything. Whatever goes wrong is an error in the result: a configuration that cannot be read is refused, and neither ends the
    /// process nor the reloading.
    /// </summary>
    /// <inheritdoc cref="Read"/>
    public static LoadedConfiguration Load(
        ConfigurationLayer commandLine, string? file, IReadOnlyDictionary<string, string> environment, bool onTerminal, FilePatience? patience = null)
    {
        try
        {
            return Read(commandLine, file, environment, onTerminal, patience ?? FilePatience.OfStart);
        }
        catch (Exception exception)
        {
            file ??= environment.GetValueOrDefault(EnvironmentVariables.ConfigFile);
            return new LoadedConfiguration(null, [$"{(file is null ? "the configuration" : $"'{file}'")} cannot be read: {exception.Message} ({exception.GetType().Name})"], []) { File = file };
        }
    }

    /// <summary>Reads and checks everything. The only input besides its arguments are the files that they name.</summary>
    /// <param name="commandLine">What the command line says.</param>
    /// <param name="file">The file of <c>--config</c>, or null.</param>
    /// <param name="environment">The variables of the process.</param>
    /// <param name="onTerminal">Standard error is a terminal.</param>
    /// <param name="patience">How long its files may take.</param>
    private static LoadedConfiguration Read(
        ConfigurationLayer commandLine, string? file, IReadOnlyDictionary<string, string> environment, bool onTerminal, FilePatience patience)
    {
        var errors = new List<string>();
        var namedBy = "--config";
        if (file is null && environment.TryGetValue(EnvironmentVariables.ConfigFile, out file)) namedBy = EnvironmentVariables.ConfigFile;
        var fileLayer = file is null ? new ConfigurationLayer() : ConfigurationFile.Read(file, namedBy, patience, errors);

        var variables = EnvironmentVariables.Read(environment);
        var reader = new SettingsReader([commandLine, variables, fileLayer]) { Patience = patience };
        var users = UserSettings.Read(reader, environment.GetValueOrDefault(EnvironmentVariables.Users), EnvironmentLevel);
        var settings = GatewaySettings.Read(reader, users, onTerminal, environment.ContainsKey(FlyApp));
        // A file that cannot be read leaves defaults behind, and errors about those would only distract
        errors = errors.Count > 0 ? errors :
        [
            .. variables.Faults, .. fileLayer.Faults, .. reader.Errors, .. reader.Unknown(),
            .. OtlpEnvironment.Faults(name => environment.GetValueOrDefault(name)),
        ];
        string[] written = [.. commandLine.Concat(variables).Concat(fileLayer).Select(pair => pair.Value.Text)];
        return new LoadedConfiguration(
            errors.Count == 0 ? settings : null, [.. errors.Distinct().Select(error => SecretMask.InError(error, written))], reader.Effective) { File = file };
    }
}

/// <summary>What loading gave.</summary>
/// <param name="Settings">Null when there are errors.</param>
/// <param name="Errors">Each begins with the name of what is wrong, as it was written.</param>
/// <param name="Effective">What holds, with the place where each was written.</param>
internal sealed record LoadedConfiguration(
    GatewaySettings? Settings, ImmutableArray<string> Errors, IReadOnlyList<EffectiveSetting> Effective)
{
    /// <summary>The file of <c>--config</c> or the environment, or null.</summary>
    public string? File { get; init; }
}

/// <summary>The configuration that holds at the start, and how it is read again.</summary>
/// <param name="Start">What was loaded at the start, without errors.</param>
/// <param name="Load">Reads and checks all of it, as at the start.</param>
internal sealed record ConfigurationSource(LoadedConfiguration Start, Func<LoadedConfiguration> Load)
{
    /// <summary>The settings of the start.</summary>
    public GatewaySettings First => Start.Settings!;
}
