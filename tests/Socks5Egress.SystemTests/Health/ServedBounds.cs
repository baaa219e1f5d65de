using System.Diagnostics;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>
/// What others had to wait for beside an attack, each against its bound. The machine may be busy: a gateway that nobody attacks is asked the same at the same moment. The median
/// may be its median longer than the bound; the worst may be its worst longer, and the bound grows by what the gateway's threads did not get of the processors.
/// </summary>
/// <param name="gateway">The one that is attacked.</param>
internal sealed class ServedBounds(GatewayProcess gateway)
{
    private readonly Lock _lock = new();
    private readonly Overload _overload = new(gateway);
    private readonly Dictionary<string, (double Bound, List<double> Took, List<double> Control)> _all = [];
    private double _factor = 1;

    /// <summary>Does something at the gateway that is attacked, and at one that is not.</summary>
    public async Task MeasureAsync(string what, double bound, Func<Task> there, Func<Task> elsewhere)
    {
        var control = await TimeAsync(elsewhere);
        Add(what, bound, await TimeAsync(there), control);
    }

    /// <summary>Something that has no other to compare with: only the worst is judged, and the worst probe of the other gateway is the machine's share.</summary>
    public void Add(string what, double bound, TimeSpan late) => Add(what, bound, late, null);

    /// <summary>How often it was measured so far.</summary>
    public int Count(string what)
    {
        lock (_lock) return _all.TryGetValue(what, out var of) ? of.Took.Count : 0;
    }

    /// <summary>The gateway is about to end: what it got of the processors is read now.</summary>
    public void Close() => _factor = _overload.Factor();

    public void AssertKept()
    {
        var overload = _factor;
        var machine = _all.Where(static of => of.Key.StartsWith('/')).Max(static of => of.Value.Control.Max());
        foreach (var (what, (bound, took, control)) in _all)
        {
            var (worst, allowed) = (took.Max(), bound * overload + (control.Count > 0 ? control.Max() : machine));
            var text = $"{what}: median {Median(took):f0} ms, worst {worst:f0} of {took.Count}; elsewhere {Median(control):f0} and {control.DefaultIfEmpty().Max():f0}; bound {bound:f0}, overload {overload:f1}";
            TestContext.Current.TestOutputHelper!.WriteLine(text);
            Assert.True(worst <= allowed, text);
            Assert.True(control.Count == 0 || Median(took) <= bound + Median(control), text);
        }
    }

    private static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed;
    }

    private void Add(string what, double bound, TimeSpan took, TimeSpan? control)
    {
        lock (_lock)
        {
            if (!_all.TryGetValue(what, out var of)) _all.Add(what, of = (bound, [], []));
            of.Took.Add(took.TotalMilliseconds);
            if (control is { } other) of.Control.Add(other.TotalMilliseconds);
        }
    }
}
