using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Socks5Egress.Fly.Api;

namespace Socks5Egress.Cli.Fly;

/// <summary>What the verbs of <c>egress</c> share: the app, the token, and how a failure is told.</summary>
internal abstract class EgressSubverb : Verb
{
    private readonly Option<string> _app = new("--app") { HelpName = "NAME", Description = "The app on Fly.io. [default: that of ./fly.toml, or FLY_APP_NAME]" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };
    private FlyAccess? _access;
    private string _name = "";

    protected EgressSubverb(string name, string summary)
        : base(name, summary)
    {
        Options.Add(_app);
        Options.Add(_json);
    }

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        _name = parsed.GetValue(_app) ?? EgressTomlFile.AppHere() ?? context.Environment.GetValueOrDefault("FLY_APP_NAME") ?? "";
        if (string.IsNullOrWhiteSpace(_name)) yield return "--app is missing, and neither ./fly.toml nor FLY_APP_NAME names one: name the app on Fly.io";
        _access = FlyAccess.FromEnvironment(context.Environment.GetValueOrDefault, out var fault);
        if (fault is not null) yield return fault;
    }

    public sealed override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        using var stopped = new CancellationTokenSource();
        using var abandoned = new CancellationTokenSource();
        var change = new ChangeInFlight(context.Error);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (stopped.IsCancellationRequested) abandoned.Cancel();
            else if (change.IsInFlight) change.SayWaiting();
            stopped.Cancel();
        }

        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Say(string sentence)
        {
            context.Error.WriteLine(sentence);
            context.Error.Flush();
        }

        using var api = new FlyApi(_access!, TimeProvider.System, Say);
        try
        {
            return await RunAsync(new(api, new FlyAddresses(api, Say), _name, IsGiven(parsed, _json), parsed, context, change, abandoned.Token), stopped.Token);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            return Fail(context, change.IsInFlight
                ? "stopped by a second signal before Fly.io answered. " + Unknown(_name)
                : change.WasMade ? "stopped by a signal; the changes shown above were made" : "stopped by a signal; nothing was changed");
        }
        finally
        {
            await context.Output.FlushAsync(CancellationToken.None);
        }
    }

    protected abstract Task<int> RunAsync(EgressCall call, CancellationToken cancellation);

    protected static int Fail(CommandContext context, string sentence)
    {
        context.Error.WriteLine($"{CommandLine.Program}: {sentence}");
        return ExitCode.Failed;
    }

    /// <summary>A change whose answer was lost may have been made: what to look at before anybody repeats it.</summary>
    protected static int FailChange(EgressCall call, FlyError error) => Fail(
        call.Context,
        error.Fault is FlyFault.Unavailable or FlyFault.Malformed
            ? $"{error.Sentence} {Unknown(call.App)}"
            : error.Sentence);

    private static string Unknown(string app) =>
        $"It is not known whether the change was made: run `{CommandLine.Program} egress list --app {app}` before you repeat it.";

    protected static void WriteJson<T>(TextWriter output, T value, JsonTypeInfo<T> shape) => output.WriteLine(JsonSerializer.Serialize(value, shape));

    /// <summary>One call of a verb.</summary>
    protected sealed record EgressCall(
        FlyApi Api, FlyAddresses Addresses, string App, bool Json, ParseResult Parsed, CommandContext Context, ChangeInFlight Change, CancellationToken Abandoned)
    {
        public TextWriter Output => Context.Output;

        /// <summary>
        /// Makes a change. A first signal does not give it up: what is on its way may be made, and billed, and its answer is the only one
        /// that tells what it was.
        /// </summary>
        /// <exception cref="OperationCanceledException">A signal came before it was sent, or a second one before it was answered.</exception>
        public async Task<T> ChangeAsync<T>(Func<CancellationToken, Task<T>> change, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            Change.IsInFlight = true;
            var answer = await change(Abandoned);
            (Change.IsInFlight, Change.WasMade) = (false, true);
            return answer;
        }
    }
}
