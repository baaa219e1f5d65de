using System.IO.Pipelines;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;

namespace Socks5Egress.Tests.Gateway.Resolving;

/// <summary>Answers lookups by a script, or when a test says so.</summary>
internal sealed class ScriptedLookups : ILookupSource
{
    /// <summary>What is answered at once; null: <see cref="Answer"/> will say. Without a script no name exists.</summary>
    public Func<LookupKey, ResolveResult?> Answers { get; init; } = static _ => new ResolveResult([], TimeSpan.Zero, EndReason.NameNotResolved);

    /// <summary>It can give up what nobody waits for.</summary>
    public bool CanCancel { get; init; } = true;

    /// <summary>What was asked, in order.</summary>
    public List<LookupKey> Asked { get; } = [];

    /// <summary>What was given up.</summary>
    public List<LookupKey> Cancelled { get; } = [];

    private readonly Dictionary<LookupKey, Action<ResolveResult>> _open = [];

    /// <summary>A resolver without any files of the system, whose callbacks run on the test's thread.</summary>
    public static Resolver Resolver(ILookupSource source, TimeProvider time, int places = 100, int most = 100) =>
        new(new NameFiles("/nonexistent", true, static work => work(), time), Always(source, places, most), time);

    public static LookupRequest Request(string name, Families families = Families.Both, string? user = null, int source = 1) =>
        new(name, new LookupClient(user, (UInt128)source)) { Families = families, Scheduler = OnThisThread.Instance };

    public Func<bool> Begin(LookupKey key, Action<ResolveResult> done)
    {
        Asked.Add(key);
        if (Answers(key) is { } answer)
        {
            // On another thread, as every source does
            Task.Run(() => done(answer)).Wait(0);
            return () => true;
        }
        _open[key] = done;
        return () =>
        {
            if (CanCancel) Cancelled.Add(key);
            return CanCancel;
        };
    }

    /// <summary>Answers what is open.</summary>
    public void Answer(LookupKey key, ResolveResult answer)
    {
        _open.Remove(key, out var done);
        done!(answer);
    }

    private static Func<NameSettings, string, LookupLane> Always(ILookupSource source, int places, int most)
    {
        var lane = new LookupLane(source, new LookupQueue(places, most));
        return (_, _) => lane;
    }

    /// <summary>What a leg's own thread is to a session.</summary>
    private sealed class OnThisThread : PipeScheduler
    {
        public static OnThisThread Instance { get; } = new();

        public override void Schedule(Action<object?> action, object? state) => action(state);
    }
}
