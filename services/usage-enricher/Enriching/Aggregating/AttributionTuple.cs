using System.Security.Cryptography;
using System.Text;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching.Aggregating;

/// <summary>What aggregates are told apart by, beside the minute. Equal tuples have equal keys, in every process and release.</summary>
/// <param name="Tags">Configured tags as `name=value` lines by ordinal name; null when the event has none of them.</param>
internal readonly record struct AttributionTuple(
    string Provider,
    string? ResponseModel,
    string? Tenant,
    string? Team,
    string? User,
    string? Feature,
    string? Environment,
    string? ApiKeyId,
    string? Variant,
    string? PromptVersion,
    string? Route,
    string Currency,
    CostStatus CostStatus,
    UsageSource UsageSource,
    string? Tags)
{
    /// <summary>The key's algorithm: SHA-256 over the fields in this order, cut to 128 bits, as 32 hex digits.</summary>
    private const string Algorithm = "tuple-sha256-128-v1";

    private const int HashBytes = 16;

    public static AttributionTuple Of(LLMUsageAudit call, Cost cost, string? tags)
    {
        var who = call.Attribution;
        return new AttributionTuple(
            call.Provider, call.ResponseModel ?? call.RequestModel, who.Tenant, who.Team, who.User, who.Feature, who.Environment,
            who.ApiKeyId, who.Variant, who.PromptVersion, who.Route, cost.Currency, cost.Status, call.UsageSource, tags);
    }

    /// <returns>Record key: 32 hex digits, UTF-8.</returns>
    public byte[] ToKey()
    {
        var text = new StringBuilder();
        Add(text, Algorithm);
        Add(text, Provider);
        Add(text, ResponseModel);
        Add(text, Tenant);
        Add(text, Team);
        Add(text, User);
        Add(text, Feature);
        Add(text, Environment);
        Add(text, ApiKeyId);
        Add(text, Variant);
        Add(text, PromptVersion);
        Add(text, Route);
        Add(text, Currency);
        Add(text, CostStatus.Symbol());
        Add(text, UsageSource.Symbol());
        Add(text, Tags);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash[..HashBytes]));
    }

    /// <summary>With the length before the text, no two tuples write the same; a missing value is not an empty one.</summary>
    private static void Add(StringBuilder text, string? value)
    {
        if (value is null) text.Append("-;");
        else text.Append(value.Length).Append(':').Append(value).Append(';');
    }
}
