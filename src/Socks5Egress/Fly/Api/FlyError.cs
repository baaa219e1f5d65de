namespace Socks5Egress.Fly.Api;

/// <summary>What kind of failure a call met.</summary>
internal enum FlyFault : byte
{
    /// <summary>The token is missing, wrong, expired, or may not do this.</summary>
    Token,

    /// <summary>No such app, Machine or address.</summary>
    NotFound,

    /// <summary>Too many calls (429), also after waiting as long as we wait.</summary>
    RateLimited,

    /// <summary>Fly.io understood and said no.</summary>
    Refused,

    /// <summary>It could not be reached, or it failed.</summary>
    Unavailable,

    /// <summary>It answered something else than expected.</summary>
    Malformed,
}

/// <summary>Why a call to Fly.io failed.</summary>
/// <param name="Fault">The kind.</param>
/// <param name="Sentence">One sentence: what failed and what to do next. Never holds the token.</param>
internal sealed record FlyError(FlyFault Fault, string Sentence)
{
    /// <summary>There was no answer at all within the time that one is given.</summary>
    public bool IsSilence { get; init; }
}

/// <summary>A value or why there is none.</summary>
internal readonly record struct FlyResult<T>(T? Value, FlyError? Error)
    where T : class
{
    public static implicit operator FlyResult<T>(T value) => new(value, null);

    public static implicit operator FlyResult<T>(FlyError error) => new(null, error);
}
