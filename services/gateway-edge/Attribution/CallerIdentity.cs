using System.Globalization;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The names under which a caller knows its call.</summary>
internal static class CallerIdentity
{
    /// <summary>No SDK repeats a call this often; a larger number is not a count.</summary>
    private const int MaxRetries = 1_000;

    private const string AttemptMember = "attempt=";

    /// <summary>The caller's x-request-id when it is 1-128 visible ASCII characters, else the event id.</summary>
    public static string RequestId(string? header, Guid eventId) =>
        header is not null && AttributionText.IsVisibleAscii(header) ? header : eventId.ToString();

    /// <summary>Which try of the caller's this is, as its SDK says; 1 where it says nothing.</summary>
    /// <param name="retryCount">x-stainless-retry-count: 0 at the first try.</param>
    /// <param name="awsSdkRequest">amz-sdk-request: `attempt=2; max=3`, 1 at the first try, in any order.</param>
    public static int Attempt(string? retryCount, string? awsSdkRequest) => RetriesOf(retryCount) + 1 ?? AttemptOf(awsSdkRequest) ?? 1;

    private static int? RetriesOf(ReadOnlySpan<char> count) =>
        int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) && retries <= MaxRetries ? retries : null;

    private static int? AttemptOf(ReadOnlySpan<char> members)
    {
        foreach (var range in members.Split(';'))
        {
            var member = members[range].Trim();
            if (member.StartsWith(AttemptMember, StringComparison.OrdinalIgnoreCase) && RetriesOf(member[AttemptMember.Length..].Trim()) is > 0 and var attempt) return attempt;
        }

        return null;
    }
}
