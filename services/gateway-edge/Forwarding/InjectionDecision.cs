using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>What is known when it is decided whether to ask for a stream's usage on the caller's behalf.</summary>
/// <param name="IsConfigured">The upstream's `InjectUsage`.</param>
/// <param name="IsSigned">The request carries a signature over its body: changing the body would break it.</param>
/// <param name="IsCompressed">The request's body has a Content-Encoding other than identity.</param>
/// <param name="IsTooLarge">The body is over the bound up to which it is read.</param>
/// <param name="WasRefused">The upstream refused the option for this model within the last hour.</param>
internal readonly record struct InjectionFacts(
    ApiFamily Family,
    bool IsPost,
    RequestFacts Request,
    bool IsConfigured,
    bool IsSigned,
    bool IsCompressed,
    bool IsJson,
    bool IsTooLarge,
    bool WasRefused);

/// <summary>The rules of include_usage injection, in the order in which they are asked.</summary>
internal static class InjectionDecision
{
    /// <returns><see cref="UsageInjection.Injected"/> when the body is to be rewritten; else the reason why it stays as it is.</returns>
    public static UsageInjection Of(in InjectionFacts facts)
    {
        if (!facts.Family.TakesIncludeUsage || !facts.IsPost) return UsageInjection.NotApplicable;

        // What could not be read may have been a stream: the reason tells why its usage may be missing.
        if (facts.IsCompressed) return facts.IsConfigured ? UsageInjection.Compressed : UsageInjection.NotConfigured;
        if (facts.IsTooLarge) return facts.IsConfigured ? UsageInjection.TooLarge : UsageInjection.NotConfigured;
        if (!facts.IsJson || facts.Request.Readability == RequestReadability.Unreadable)
            return facts.IsConfigured ? UsageInjection.NotJson : UsageInjection.NotConfigured;

        if (!facts.Request.AsksForStream) return UsageInjection.NotApplicable;
        if (facts.Request.IncludeUsage == IncludeUsageState.True) return UsageInjection.ClientAsked;
        if (!facts.IsConfigured) return UsageInjection.NotConfigured;
        if (facts.IsSigned) return UsageInjection.Signed;
        if (facts.WasRefused) return UsageInjection.RefusedBefore;
        return facts.Request.IncludeUsage == IncludeUsageState.Malformed ? UsageInjection.NotJson : UsageInjection.Injected;
    }

    /// <summary>True when a 400's body says that the injected option is what it refuses.</summary>
    public static bool IsRefusal(int statusCode, ReadOnlySpan<byte> body) =>
        statusCode == 400 && body.IndexOf("stream_options"u8) >= 0;
}
