using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>The JSON lines that a gateway writes to standard error, as they come.</summary>
internal sealed class GatewayLog
{
    private readonly List<JsonElement> _events = [];
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    /// <summary>Every line so far, for the message of a failing test.</summary>
    public string Text
    {
        get
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }

    /// <summary>The events of one kind so far.</summary>
    public IReadOnlyList<JsonElement> Of(string name)
    {
        lock (_gate) return [.. _events.Where(entry => Name(entry) == name)];
    }

    /// <summary>Waits for an event that fits; one that came before the call counts.</summary>
    public async Task<JsonElement> WaitAsync(string name, Func<JsonElement, bool>? fits = null, TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        while (true)
        {
            Task changed;
            bool ended;
            lock (_gate)
            {
                foreach (var entry in _events)
                    if (Name(entry) == name && (fits is null || fits(entry))) return entry;
                changed = _changed.Task;
                ended = _ended;
            }
            if (ended) throw new InvalidOperationException($"The gateway ended without the event {name}. It said:\n{Text}");
            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No event {name} came in time. The gateway said:\n{Text}");
            }
        }
    }

    /// <summary>The <c>session.end</c> of the session that this client address had.</summary>
    public Task<JsonElement> SessionEndAsync(EndPoint client, TimeSpan? limit = null)
    {
        var address = client.ToString();
        return WaitAsync("session.end", entry => entry.GetProperty("client").GetString() == address, limit);
    }

    /// <summary>The <c>session.end</c> of this connection, also where an earlier one of a gateway that tests share came from the same port.</summary>
    public Task<JsonElement> SessionEndAsync(RawConnection client)
    {
        var address = client.Local.ToString();
        // The log counts whole milliseconds
        var opened = client.Opened.AddMilliseconds(-1);
        return WaitAsync("session.end", entry => entry.GetProperty("client").GetString() == address && entry.GetProperty("time").GetDateTimeOffset() >= opened);
    }

    /// <summary>Reads to the end of the stream.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        while (await reader.ReadLineAsync() is { } line) Add(line);
        lock (_gate) _ended = true;
        Pulse();
    }

    /// <summary>Reads up to the line that names the ports, and leaves the rest in the pipe.</summary>
    public async Task ReadReadyAsync(TextReader reader)
    {
        using var deadline = Deadline.Token();
        while (Of("gateway.ready").Count == 0 && await reader.ReadLineAsync(deadline.Token) is { } line) Add(line);
    }

    private static string? Name(JsonElement entry) => entry.TryGetProperty("event", out var name) ? name.GetString() : null;

    private void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            if (TryParse(line, out var entry)) _events.Add(entry);
        }
        Pulse();
    }

    private static bool TryParse(string line, out JsonElement entry)
    {
        entry = default;
        if (!line.StartsWith('{')) return false;
        try
        {
            using var document = JsonDocument.Parse(line);
            entry = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            Debug.WriteLine("not JSON: " + line);
            return false;
        }
    }

    private void Pulse()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }
}
