using System.Globalization;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The names under which a caller knows its call.</summary>
internal static class CallerIdentity
{
    /// <summary>No SDK repeats a call this often; a larger number is not a count.</summary>
    private const int MaxRetries = 1_000;

    /// <summary>The caller's x-request-id when it is 1-128 visible ASCII characters, else the event id.</summary>
    public static string RequestId(string? header, Guid eventId) =>
        header is not null && AttributionText.IsVisibleAscii(header) ? header : eventId.ToString();

    /// <summary>x-stainless-retry-count + 1, else 1.</summary>
    public static int Attempt(string? retryCount) =>
        int.TryParse(retryCount, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) && retries <= MaxRetries ? retries + 1 : 1;
}
