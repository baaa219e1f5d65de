using System.Collections.Concurrent;
using HdrHistogram;
using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber.Running;

/// <summary>Collects what the iterations of one scenario return. Any number of threads.</summary>
internal sealed class Recorder
{
    private readonly Side _ok = new(), _fail = new();

    /// <summary>Those that failed so far.</summary>
    public int FailCount => _fail.Count;

    /// <param name="latency">From the moment at which it was due; what the response says of its own goes before it.</param>
    /// <param name="response">What became of it.</param>
    public void Record(TimeSpan latency, IResponse response) => (response.IsError ? _fail : _ok).Record(latency, response);

    public ScenarioStats Stats(string name, TimeSpan took)
    {
        var (ok, fail) = (_ok.Stats(took, isError: false), _fail.Stats(took, isError: true));
        return new ScenarioStats
        {
            ScenarioName = name,
            Ok = ok,
            Fail = fail,
            StepStats = [],
            AllRequestCount = ok.Request.Count + fail.Request.Count,
            AllOkCount = ok.Request.Count,
            AllFailCount = fail.Request.Count,
            AllBytes = ok.DataTransfer.AllBytes + fail.DataTransfer.AllBytes,
            Duration = took,
        };
    }

    /// <summary>Those that succeeded, or those that failed.</summary>
    private sealed class Side
    {
        private const long MostMicroseconds = 600_000_000;

        private readonly LongConcurrentHistogram _latencies = new(1, MostMicroseconds, 3);
        private readonly ConcurrentDictionary<string, Status> _statuses = new(StringComparer.Ordinal);
        private int _count;
        private long _bytes;

        public int Count => Volatile.Read(ref _count);

        public void Record(TimeSpan latency, IResponse response)
        {
            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _bytes, response.SizeBytes);
            var microseconds = response.LatencyMs > 0 ? response.LatencyMs * 1000 : latency.TotalMicroseconds;
            _latencies.RecordValue(Math.Clamp((long)microseconds, 1, MostMicroseconds));
            Interlocked.Increment(ref _statuses.GetOrAdd(response.StatusCode, static (_, message) => new Status(message), response.Message).Count);
        }

        public MeasurementStats Stats(TimeSpan took, bool isError) => new()
        {
            Request = new RequestStats { Count = _count, RPS = _count / Math.Max(1, took.TotalSeconds) },
            Latency = new LatencyStats
            {
                MinMs = At(0),
                MeanMs = _count == 0 ? 0 : _latencies.GetMean() / 1000,
                MaxMs = At(100),
                Percent50 = At(50),
                Percent75 = At(75),
                Percent95 = At(95),
                Percent99 = At(99),
                StdDev = _count == 0 ? 0 : _latencies.GetStdDeviation() / 1000,
            },
            DataTransfer = new DataTransferStats { AllBytes = _bytes },
            // As NBomber: an iteration without a status code is in the count alone
            StatusCodes = [.. _statuses.Where(status => status.Key.Length > 0).OrderBy(status => status.Key, StringComparer.Ordinal).Select(status =>
                new StatusCodeStats { StatusCode = status.Key, IsError = isError, Message = status.Value.Message, Count = status.Value.Count })],
        };

        private double At(double percent) => _latencies.TotalCount == 0 ? 0 : _latencies.GetValueAtPercentile(percent) / 1000.0;
    }

    private sealed class Status(string message)
    {
        public int Count;

        public string Message => message;
    }
}
