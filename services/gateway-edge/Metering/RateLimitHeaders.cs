using System.Globalization;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Collects a reply's rate-limit headers: <c>x-ratelimit-{limit,remaining,reset}-{requests,tokens}</c> (OpenAI and compatibles; resets as
/// durations, 6m0s), Azure's <c>x-ratelimit-renewalperiod-{requests,tokens}</c> (seconds), Mistral's per minute
/// <c>x-ratelimit-{limit,remaining}-{req,tokens}-minute</c> and <c>x-ratelimit-tokens-query-cost</c>,
/// <c>anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}</c> (resets as RFC 3339 times), <c>retry-after</c>.
/// </summary>
/// <remarks>Offer every header of the reply, then <see cref="ToRecord"/>. What does not parse is left out.</remarks>
internal struct RateLimitHeaders
{
    private const long MaxUs = 366L * 24 * 3600 * 1_000_000;

    private long? _limitRequests;
    private long? _remainingRequests;
    private long? _resetRequestsUs;
    private long? _limitTokens;
    private long? _remainingTokens;
    private long? _resetTokensUs;
    private long? _limitInputTokens;
    private long? _remainingInputTokens;
    private long? _resetInputTokensUs;
    private long? _limitOutputTokens;
    private long? _remainingOutputTokens;
    private long? _resetOutputTokensUs;
    private long? _windowRequestsUs;
    private long? _windowTokensUs;
    private long? _chargedTokens;
    private long? _retryAfterUs;
    private bool _hasRetryAfterMs;
    private bool _hasAny;

    /// <param name="name">Header name, any case.</param>
    /// <param name="value">Its value.</param>
    /// <param name="now">When the reply's head arrived: times in headers become durations from then.</param>
    public void Offer(string name, string value, DateTimeOffset now)
    {
        if (name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase))
            OfferOpenAI(name.AsSpan("x-ratelimit-".Length), value);
        else if (name.StartsWith("anthropic-ratelimit-", StringComparison.OrdinalIgnoreCase))
            OfferAnthropic(name.AsSpan("anthropic-ratelimit-".Length), value, now);
        else if (name.Equals("retry-after-ms", StringComparison.OrdinalIgnoreCase))
            OfferRetryAfterMs(value);
        else if (name.Equals("retry-after", StringComparison.OrdinalIgnoreCase) && !_hasRetryAfterMs)
            Keep(ref _retryAfterUs, RetryAfter(value, now));
    }

    /// <summary>Null when no header was understood.</summary>
    public readonly RateLimit? ToRecord() => !_hasAny
        ? null
        : new RateLimit
        {
            LimitRequests = _limitRequests,
            RemainingRequests = _remainingRequests,
            ResetRequestsUs = _resetRequestsUs,
            LimitTokens = _limitTokens,
            RemainingTokens = _remainingTokens,
            ResetTokensUs = _resetTokensUs,
            RetryAfterUs = _retryAfterUs,
            LimitInputTokens = _limitInputTokens,
            RemainingInputTokens = _remainingInputTokens,
            ResetInputTokensUs = _resetInputTokensUs,
            LimitOutputTokens = _limitOutputTokens,
            RemainingOutputTokens = _remainingOutputTokens,
            ResetOutputTokensUs = _resetOutputTokensUs,
            WindowRequestsUs = _windowRequestsUs,
            WindowTokensUs = _windowTokensUs,
            ChargedTokens = _chargedTokens,
        };

    private void OfferOpenAI(ReadOnlySpan<char> rest, string value)
    {
        if (Is(rest, "limit-requests") || Is(rest, "limit-req-minute"))
            Keep(ref _limitRequests, Count(value));
        else if (Is(rest, "remaining-requests") || Is(rest, "remaining-req-minute"))
            Keep(ref _remainingRequests, Count(value));
        else if (Is(rest, "reset-requests"))
            Keep(ref _resetRequestsUs, Duration(value));
        else if (Is(rest, "limit-tokens") || Is(rest, "limit-tokens-minute"))
            Keep(ref _limitTokens, Count(value));
        else if (Is(rest, "remaining-tokens") || Is(rest, "remaining-tokens-minute"))
            Keep(ref _remainingTokens, Count(value));
        else if (Is(rest, "reset-tokens"))
            Keep(ref _resetTokensUs, Duration(value));
        else if (Is(rest, "renewalperiod-requests"))
            Keep(ref _windowRequestsUs, Duration(value));
        else if (Is(rest, "renewalperiod-tokens"))
            Keep(ref _windowTokensUs, Duration(value));
        else if (Is(rest, "tokens-query-cost"))
            Keep(ref _chargedTokens, Count(value));
    }

    private void OfferAnthropic(ReadOnlySpan<char> rest, string value, DateTimeOffset now)
    {
        if (Is(rest, "requests-limit"))
            Keep(ref _limitRequests, Count(value));
        else if (Is(rest, "requests-remaining"))
            Keep(ref _remainingRequests, Count(value));
        else if (Is(rest, "requests-reset"))
            Keep(ref _resetRequestsUs, Until(value, now));
        else if (Is(rest, "tokens-limit"))
            Keep(ref _limitTokens, Count(value));
        else if (Is(rest, "tokens-remaining"))
            Keep(ref _remainingTokens, Count(value));
        else if (Is(rest, "tokens-reset"))
            Keep(ref _resetTokensUs, Until(value, now));
        else if (Is(rest, "input-tokens-limit"))
            Keep(ref _limitInputTokens, Count(value));
        else if (Is(rest, "input-tokens-remaining"))
            Keep(ref _remainingInputTokens, Count(value));
        else if (Is(rest, "input-tokens-reset"))
            Keep(ref _resetInputTokensUs, Until(value, now));
        else if (Is(rest, "output-tokens-limit"))
            Keep(ref _limitOutputTokens, Count(value));
        else if (Is(rest, "output-tokens-remaining"))
            Keep(ref _remainingOutputTokens, Count(value));
        else if (Is(rest, "output-tokens-reset"))
            Keep(ref _resetOutputTokensUs, Until(value, now));
    }

    private void OfferRetryAfterMs(string value)
    {
        if (Seconds(value, unitUs: 1_000) is not { } us)
            return;

        _hasRetryAfterMs = true;
        Keep(ref _retryAfterUs, us);
    }

    private void Keep(ref long? field, long? value)
    {
        if (value is null)
            return;

        field = value;
        _hasAny = true;
    }

    private static bool Is(ReadOnlySpan<char> rest, string name) => rest.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static long? Count(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= TokenCount.Max ? count : null;

    private static long? RetryAfter(string value, DateTimeOffset now) => Seconds(value, unitUs: 1_000_000) ?? Until(value, now);

    private static long? Seconds(ReadOnlySpan<char> value, long unitUs) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unitUs <= MaxUs
            ? (long)Math.Round(number * unitUs)
            : null;

    private static long? Until(string value, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return null;

        var us = (time - now).Ticks / TimeSpan.TicksPerMicrosecond;
        return us > MaxUs ? null : Math.Max(0, us);
    }

    /// <summary>Go's notation, 1h2m3.5s or 8ms; a bare number is seconds.</summary>
    private static long? Duration(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        if (Seconds(value, unitUs: 1_000_000) is { } bare)
            return bare;

        long total = 0;
        var isRead = false;
        while (!value.IsEmpty)
        {
            var digits = value.IndexOfAnyExcept("0123456789.");
            if (digits <= 0)
                return null;

            var unit = value[digits..];
            var letters = unit.IndexOfAny("0123456789.");
            unit = letters < 0 ? unit : unit[..letters];
            if (UnitUs(unit) is not { } unitUs || Seconds(value[..digits], unitUs) is not { } us)
                return null;

            isRead = true;
            total += us;
            value = value[(digits + unit.Length)..];
        }

        return isRead && total <= MaxUs ? total : null;
    }

    private static long? UnitUs(ReadOnlySpan<char> unit) => unit switch
    {
        "d" => 86_400_000_000,
        "h" => 3_600_000_000,
        "m" => 60_000_000,
        "s" => 1_000_000,
        "ms" => 1_000,
        "us" or "µs" => 1,
        _ => null,
    };
}
