using System.Text;
using Pipeline.Runtime;
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
        var hash = new FieldHash(Algorithm);
        hash.Add(Provider);
        hash.Add(ResponseModel);
        hash.Add(Tenant);
        hash.Add(Team);
        hash.Add(User);
        hash.Add(Feature);
        hash.Add(Environment);
        hash.Add(ApiKeyId);
        hash.Add(Variant);
        hash.Add(PromptVersion);
        hash.Add(Route);
        hash.Add(Currency);
        hash.Add(CostStatus.Symbol());
        hash.Add(UsageSource.Symbol());
        hash.Add(Tags);
        return Encoding.ASCII.GetBytes(hash.ToHex());
    }
}
