using System.Net.Http;
using System.Net.Sockets;
using Pipeline.GatewayEdge.Forwarding;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class DecisionTests
{
    [Theory]
    [InlineData(false, "None", 200, false, true, "Ok")]
    [InlineData(false, "None", 429, true, true, "RateLimited")]
    [InlineData(false, "None", 429, false, false, "RateLimited")]
    [InlineData(false, "None", 404, true, true, "UpstreamError")]
    [InlineData(false, "None", 500, false, true, "UpstreamError")]
    [InlineData(false, "None", 302, false, true, "Ok")]
    [InlineData(false, "None", 200, true, true, "UpstreamError")]
    [InlineData(false, "None", 200, false, false, "UpstreamError")]
    [InlineData(false, "ConnectTimeout", null, false, false, "Timeout")]
    [InlineData(false, "ReplyTimeout", null, false, false, "Timeout")]
    [InlineData(false, "IdleTimeout", 200, false, false, "Timeout")]
    [InlineData(false, "ConnectionRefused", null, false, false, "UpstreamError")]
    [InlineData(false, "NameNotResolved", null, false, false, "UpstreamError")]
    [InlineData(false, "ConnectionReset", 200, false, false, "UpstreamError")]
    [InlineData(false, "ConnectionReset", 429, false, false, "UpstreamError")]
    [InlineData(false, "RequestAborted", null, false, false, "ClientCancelled")]
    [InlineData(false, "GatewayStopped", 200, false, false, "Interrupted")]
    [InlineData(false, "GatewayFault", 200, false, false, "Interrupted")]
    [InlineData(true, "None", 200, false, true, "ClientCancelled")]
    [InlineData(true, "DrainBound", 200, false, false, "ClientCancelled")]
    [InlineData(true, "IdleTimeout", 200, false, false, "ClientCancelled")]
    public void Outcome_Table(bool isClientGone, string failure, int? status, bool holdsError, bool isComplete, string expected) =>
        Assert.Equal(
            Enum.Parse<Outcome>(expected),
            AttemptOutcome.Of(isClientGone, Enum.Parse<AttemptFailure>(failure), status, holdsError, isComplete));

    [Fact]
    public void FailureNames_Every_IsAToken()
    {
        foreach (var failure in Enum.GetValues<AttemptFailure>())
            Assert.Matches("^[a-z_]{1,64}$", failure == AttemptFailure.None ? "none" : failure.Name()!);
    }

    public static TheoryData<Exception, string> Failures => new()
    {
        { new TaskCanceledException("", new TimeoutException()), "ConnectTimeout" },
        { new HttpRequestException(HttpRequestError.NameResolutionError), "NameNotResolved" },
        { new HttpRequestException(HttpRequestError.ConnectionError), "ConnectionRefused" },
        { new HttpRequestException(HttpRequestError.SecureConnectionError), "TlsFailed" },
        { new HttpRequestException(HttpRequestError.ResponseEnded), "ConnectionReset" },
        { new HttpRequestException(HttpRequestError.InvalidResponse), "InvalidReply" },
        { new HttpRequestException("x", new SocketException()), "ConnectionReset" },
        { new HttpIOException(HttpRequestError.ResponseEnded), "ConnectionReset" },
        { new IOException(), "ConnectionReset" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_OfException_SaysWhichLegBroke(Exception error, string expected) =>
        Assert.Equal(Enum.Parse<AttemptFailure>(expected), AttemptFailures.Of(error));

    private static readonly InjectionFacts Injectable = new(
        OpenAIApis.Chat,
        IsPost: true,
        new RequestFacts { Readability = RequestReadability.Read, AsksForStream = true },
        IsConfigured: true,
        IsSigned: false,
        IsCompressed: false,
        IsJson: true,
        IsTooLarge: false,
        WasRefused: false);

    public static TheoryData<string, string> Injections => new()
    {
        { "as it should be", "Injected" },
        { "not a stream", "NotApplicable" },
        { "other family", "NotApplicable" },
        { "retrieve", "NotApplicable" },
        { "client asked", "ClientAsked" },
        { "client refused", "Injected" },
        { "malformed options", "NotJson" },
        { "not configured", "NotConfigured" },
        { "client asked, not configured", "ClientAsked" },
        { "signed", "Signed" },
        { "compressed", "Compressed" },
        { "compressed, not configured", "NotConfigured" },
        { "too large", "TooLarge" },
        { "not json", "NotJson" },
        { "unreadable", "NotJson" },
        { "refused before", "RefusedBefore" },
    };

    [Theory]
    [MemberData(nameof(Injections))]
    public void Injection_Table(string condition, string expected)
    {
        var request = Injectable.Request;
        var facts = condition switch
        {
            "as it should be" => Injectable,
            "not a stream" => Injectable with { Request = request with { AsksForStream = false } },
            "other family" => Injectable with { Family = AnthropicApis.Messages },
            "retrieve" => Injectable with { IsPost = false },
            "client asked" => Injectable with { Request = request with { IncludeUsage = IncludeUsageState.True } },
            "client refused" => Injectable with { Request = request with { IncludeUsage = IncludeUsageState.False } },
            "malformed options" => Injectable with { Request = request with { IncludeUsage = IncludeUsageState.Malformed } },
            "not configured" => Injectable with { IsConfigured = false },
            "client asked, not configured" =>
                Injectable with { IsConfigured = false, Request = request with { IncludeUsage = IncludeUsageState.True } },
            "signed" => Injectable with { IsSigned = true },
            "compressed" => Injectable with { IsCompressed = true },
            "compressed, not configured" => Injectable with { IsCompressed = true, IsConfigured = false },
            "too large" => Injectable with { IsTooLarge = true },
            "not json" => Injectable with { IsJson = false },
            "unreadable" => Injectable with { Request = request with { Readability = RequestReadability.Unreadable } },
            "refused before" => Injectable with { WasRefused = true },
            _ => throw new ArgumentOutOfRangeException(nameof(condition)),
        };

        Assert.Equal(Enum.Parse<UsageInjection>(expected), InjectionDecision.Of(facts));
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"Unknown parameter: 'stream_options'."}}""", true)]
    [InlineData(400, """{"error":{"message":"bad model"}}""", false)]
    [InlineData(422, """{"error":{"message":"stream_options"}}""", false)]
    [InlineData(200, "stream_options", false)]
    public void Refusal_Only400NamingTheOption_IsOne(int status, string body, bool expected) =>
        Assert.Equal(expected, InjectionDecision.IsRefusal(status, System.Text.Encoding.UTF8.GetBytes(body)));
}
