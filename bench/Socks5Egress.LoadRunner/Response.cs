using System.Runtime.InteropServices;
using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>What an iteration returns.</summary>
public static class Response
{
    /// <summary>It did what it should.</summary>
    public static Response<object> Ok() => Ok("", 0, "", 0);

    /// <summary>It did not.</summary>
    public static Response<object> Fail() => Fail("", "", 0, 0);

    /// <summary>It did what it should.</summary>
    public static Response<object> Ok(
        [Optional, DefaultParameterValue("")] string statusCode,
        [Optional, DefaultParameterValue(0L)] long sizeBytes,
        [Optional, DefaultParameterValue("")] string message,
        [Optional, DefaultParameterValue(0.0)] double latencyMs) => Of(isError: false, statusCode, message, sizeBytes, latencyMs);

    /// <summary>It did not.</summary>
    public static Response<object> Fail(
        [Optional, DefaultParameterValue("")] string statusCode,
        [Optional, DefaultParameterValue("")] string message,
        [Optional, DefaultParameterValue(0L)] long sizeBytes,
        [Optional, DefaultParameterValue(0.0)] double latencyMs) => Of(isError: true, statusCode, message, sizeBytes, latencyMs);

    private static Response<object> Of(bool isError, string statusCode, string message, long sizeBytes, double latencyMs) =>
        new() { StatusCode = statusCode ?? "", IsError = isError, SizeBytes = sizeBytes, LatencyMs = latencyMs, Message = message ?? "" };
}
