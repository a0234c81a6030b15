using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Whether a call's figures are all that it used. A reply of text takes tokens in and out: where one side is not told, the other is a part
/// of what is charged, whoever reported it.
/// </summary>
internal static class WholeUsage
{
    /// <summary>Replies of text, counted in tokens.</summary>
    public static readonly string[] TextOperations = ["chat", "text_completion", "generate_content", Billing.Retrieve];

    /// <returns>True also for calls without any figures, and for other operations, which may have one side only.</returns>
    public static bool IsTold(LLMUsageAudit call)
    {
        if (call.Billed.Count == 0) return IsTold(call.Operation, call.Usage);
        foreach (var pass in call.Billed)
            if (!IsTold(call.Operation, pass.Usage)) return false;
        return true;
    }

    /// <summary>A side that is not told is none where the provider's total is the other side.</summary>
    public static bool IsTold(string operation, TokenUsage? usage) =>
        usage is null || !TextOperations.Contains(operation) || (usage.InputTotal, usage.OutputTotal) switch
        {
            ({ }, { }) => true,
            ({ } input, null) => usage.ProviderTotal == input,
            (null, { } output) => usage.ProviderTotal == output,
            _ => false,
        };
}
