namespace NBomber.Running;

/// <summary>A rate that goes from one to another in a straight line.</summary>
internal sealed record Slope(int From, int To, TimeSpan Interval)
{
    /// <summary>When each beginning is due, evenly over the time.</summary>
    public IEnumerable<TimeSpan> Dues(TimeSpan during)
    {
        var (seconds, from, to) = (during.TotalSeconds, From / Interval.TotalSeconds, To / Interval.TotalSeconds);
        // The n-th is due where the area below the line is n: from·t + (to − from)·t²/2T = n
        var bend = (to - from) / (2 * seconds);
        var count = (long)((from + to) / 2 * seconds);
        for (long n = 0; n < count; n++)
        {
            var due = Math.Abs(bend) < 1e-9 ? n / from : (Math.Sqrt((from * from) + (4 * bend * n)) - from) / (2 * bend);
            yield return TimeSpan.FromSeconds(due);
        }
    }
}
