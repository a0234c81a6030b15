using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class RateLimitHeadersTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 18, 17, 50, 0, TimeSpan.Zero);

    private static RateLimit? Read(params (string Name, string Value)[] headers)
    {
        var collected = default(RateLimitHeaders);
        foreach (var (name, value) in headers)
            collected.Offer(name, value, Now);
        return collected.ToRecord();
    }

    [Fact]
    public void OpenAIHeaders_GiveCountsAndDurations()
    {
        var limit = Read(
            ("x-ratelimit-limit-requests", "10000"),
            ("X-RateLimit-Remaining-Requests", "9999"),
            ("x-ratelimit-reset-requests", "8.64s"),
            ("x-ratelimit-limit-tokens", "200000"),
            ("x-ratelimit-remaining-tokens", "199973"),
            ("x-ratelimit-reset-tokens", "8ms"),
            ("x-ratelimit-limit-images", "5"));

        Assert.Equal(
            new RateLimit
            {
                LimitRequests = 10000, RemainingRequests = 9999, ResetRequestsUs = 8_640_000, LimitTokens = 200000, RemainingTokens = 199973, ResetTokensUs = 8000,
            },
            limit);
    }

    [Fact]
    public void AnthropicHeaders_GiveTimesAsDurationsFromNow()
    {
        var limit = Read(
            ("anthropic-ratelimit-requests-limit", "20000"),
            ("anthropic-ratelimit-requests-remaining", "19998"),
            ("anthropic-ratelimit-requests-reset", "2026-03-18T17:50:11Z"),
            ("anthropic-ratelimit-tokens-limit", "24000000"),
            ("anthropic-ratelimit-tokens-remaining", "1"),
            ("anthropic-ratelimit-tokens-reset", "2026-03-18T17:49:00Z"),
            ("anthropic-ratelimit-input-tokens-limit", "7"),
            ("anthropic-ratelimit-input-tokens-remaining", "6"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-03-18T17:50:01Z"),
            ("anthropic-ratelimit-output-tokens-limit", "5"),
            ("anthropic-ratelimit-output-tokens-remaining", "4"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-03-18T17:50:02Z"));

        Assert.Equal(
            new RateLimit
            {
                LimitRequests = 20000, RemainingRequests = 19998, ResetRequestsUs = 11_000_000, LimitTokens = 24000000, RemainingTokens = 1, ResetTokensUs = 0,
                LimitInputTokens = 7, RemainingInputTokens = 6, ResetInputTokensUs = 1_000_000,
                LimitOutputTokens = 5, RemainingOutputTokens = 4, ResetOutputTokensUs = 2_000_000,
            },
            limit);
    }

    [Fact]
    public void AzureHeaders_GiveTheWindowsLength() => Assert.Equal(
        new RateLimit
        {
            LimitRequests = 2500, RemainingRequests = 2499, ResetRequestsUs = 24_000_000, LimitTokens = 250000, RemainingTokens = 249993, ResetTokensUs = 1_000_000,
            WindowRequestsUs = 10_000_000, WindowTokensUs = 60_000_000,
        },
        Read(
            ("x-ratelimit-limit-requests", "2500"), ("x-ratelimit-remaining-requests", "2499"), ("x-ratelimit-reset-requests", "24"), ("x-ratelimit-renewalperiod-requests", "10"),
            ("x-ratelimit-limit-tokens", "250000"), ("x-ratelimit-remaining-tokens", "249993"), ("x-ratelimit-reset-tokens", "1"), ("x-ratelimit-renewalperiod-tokens", "60")));

    [Fact]
    public void MistralHeaders_PerMinute_AreLimits_WithWhatTheCallTookOfThem() => Assert.Equal(
        new RateLimit { LimitRequests = 60, RemainingRequests = 59, LimitTokens = 500000, RemainingTokens = 499000, ChargedTokens = 28 },
        Read(
            ("x-ratelimit-limit-req-minute", "60"), ("x-ratelimit-remaining-req-minute", "59"),
            ("x-ratelimit-limit-tokens-minute", "500000"), ("x-ratelimit-remaining-tokens-minute", "499000"),
            ("x-ratelimit-tokens-query-cost", "28")));

    [Theory]
    [InlineData("6m0s", 360_000_000)]
    [InlineData("1h2m3.5s", 3_723_500_000)]
    [InlineData("0s", 0)]
    [InlineData("17", 17_000_000)]
    [InlineData("1d", 86_400_000_000)]
    public void Durations_AreReadInTheirNotation(string value, long us)
    {
        Assert.Equal(us, Read(("x-ratelimit-reset-tokens", value))!.ResetTokensUs);
    }

    [Theory]
    [InlineData("retry-after", "20", 20_000_000)]
    [InlineData("retry-after", "Wed, 18 Mar 2026 17:50:30 GMT", 30_000_000)]
    [InlineData("Retry-After-Ms", "1500", 1_500_000)]
    public void RetryAfter_IsADuration(string name, string value, long us)
    {
        Assert.Equal(us, Read((name, value))!.RetryAfterUs);
    }

    [Theory]
    [InlineData("x-ratelimit-reset-tokens", "")]
    [InlineData("x-ratelimit-reset-tokens", "5x")]
    [InlineData("x-ratelimit-reset-tokens", "s")]
    [InlineData("x-ratelimit-reset-tokens", "99999999999h")]
    [InlineData("x-ratelimit-limit-tokens", "-1")]
    [InlineData("x-ratelimit-limit-tokens", "1,000")]
    [InlineData("x-ratelimit-limit-tokens", "99999999999999999999")]
    [InlineData("anthropic-ratelimit-tokens-reset", "soon")]
    [InlineData("retry-after", "never")]
    [InlineData("x-ratelimit-renewalperiod-tokens", "a minute")]
    [InlineData("x-ratelimit-tokens-query-cost", "1.5")]
    [InlineData("content-length", "5")]
    public void WhatDoesNotParse_IsLeftOut(string name, string value)
    {
        Assert.Null(Read((name, value)));
    }
}
