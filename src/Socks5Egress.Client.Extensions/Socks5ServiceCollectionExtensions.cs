using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Socks5Egress.Client.Extensions;

/// <summary>SOCKS5 clients in the service container. What is wrong with their settings is said when the host starts; each failure is a warning of the category <c>Socks5Egress.Client</c>.</summary>
public static class Socks5ServiceCollectionExtensions
{
    /// <summary>Adds the client that <see cref="Socks5Client"/> is asked for without a name.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">The section with <c>Via</c>, and <c>Password</c> and <c>ConnectTimeout</c> where they are needed.</param>
    public static IServiceCollection AddSocks5Client(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSocks5Client(Options.DefaultName, configuration);

    /// <summary>Adds a client that is asked for as a keyed service of this name.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">Its name; empty for the client without one.</param>
    /// <param name="configuration">The section with its settings.</param>
    public static IServiceCollection AddSocks5Client(this IServiceCollection services, string name, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddSocks5Client(name, settings => settings.Read(configuration));
    }

    /// <summary>Adds a client whose settings are made in code.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">Its name; empty for the client without one.</param>
    /// <param name="configure">Sets them.</param>
    public static IServiceCollection AddSocks5Client(this IServiceCollection services, string name, Action<Socks5ClientSettings> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        services.AddOptions<Socks5ClientSettings>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<Socks5ClientSettings>, Socks5ClientSettingsValidator>());
        if (name.Length == 0) services.TryAddSingleton(provider => Create(provider, name));
        else services.TryAddKeyedSingleton(name, (provider, _) => Create(provider, name));
        return services;
    }

    /// <summary>Sends the requests of an <see cref="HttpClient"/> through a gateway; names are resolved there.</summary>
    /// <param name="builder">Of <c>AddHttpClient</c>.</param>
    /// <param name="name">The client's name; empty for the one without.</param>
    public static IHttpClientBuilder UseSocks5(this IHttpClientBuilder builder, string name = "") =>
        builder.ConfigurePrimaryHttpMessageHandler(provider => new Socks5HttpHandler(
            name.Length == 0 ? provider.GetRequiredService<Socks5Client>() : provider.GetRequiredKeyedService<Socks5Client>(name)));

    private static Socks5Client Create(IServiceProvider provider, string name)
    {
        var settings = provider.GetRequiredService<IOptionsMonitor<Socks5ClientSettings>>().Get(name);
        return settings.ToClient(provider.GetService<ILoggerFactory>()?.CreateLogger("Socks5Egress.Client") is { } logger
            ? failure => Log.Failed(logger, failure.Target, failure.Message)
            : null);
    }
}
