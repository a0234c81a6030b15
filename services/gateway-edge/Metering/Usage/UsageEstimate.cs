using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// What a reply without usage may have used, from the length of its text: a guess, marked as one. Of a stream that broke off between the
/// count of its input and that of its output (Anthropic's), the output alone is guessed; the event is marked all the same.
/// How far guesses are off stands in the decision on usage estimates.
/// </summary>
internal static class UsageEstimate
{
    /// <summary>Bytes of text to a token, of requests and of replies alike.</summary>
    public const decimal BytesPerToken = 4;

    /// <param name="reply">Of an upstream for which estimates are switched on.</param>
    /// <param name="request">The request's whole body; empty when it was not read.</param>
    /// <returns>The same reply when the provider told of usage or of an error, or when nothing is known of its text.</returns>
    public static MeteredReply Apply(MeteredReply reply, ReadOnlySpan<byte> request)
    {
        if (reply.TextBytes is not { } written || reply.IsError)
            return reply;

        if (reply is { IsOutputUncounted: true, UsageSource: UsageSource.Partial, Usage: { } started })
            return Estimated(reply, WithOutput(started, TokensOf(written)));

        if (reply.UsageSource != UsageSource.None || reply.Reported is not null)
            return reply;

        long? input = request.IsEmpty ? null : TokensOf(TextOf(request));
        return Estimated(reply, WithOutput(new TokenUsage { InputUncached = input, InputTotal = input }, TokensOf(written)));
    }

    private static MeteredReply Estimated(MeteredReply reply, TokenUsage usage) =>
        reply with { Usage = usage, UsageSource = UsageSource.Estimated, UsageQuality = UsageQuality.Unknown };

    /// <summary>What a stream's start says was written is the least that was.</summary>
    private static TokenUsage WithOutput(TokenUsage usage, long guess)
    {
        var output = Math.Max(guess, usage.OutputTotal ?? 0);
        return usage with { OutputText = output - (usage.Reasoning ?? 0), OutputTotal = output };
    }

    public static long TokensOf(long textBytes) => (long)Math.Ceiling(textBytes / BytesPerToken);

    private static long TextOf(ReadOnlySpan<byte> json)
    {
        var counter = new TextCounter();
        counter.Begin(wanted: null);
        counter.Feed(json);
        return counter.Bytes;
    }
}
