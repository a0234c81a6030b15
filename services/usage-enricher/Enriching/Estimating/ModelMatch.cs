using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// Finds the entry of the impact data that a call's model is, by explicit rules only: a name that is merely near gets no
/// estimate. Remembers answers. Not for use by two threads.
/// <code>
///   who is paid             name taken            entry
///   OpenAI, Azure           the reply's           openai/(name), else without its -yyyy-mm-dd
///   Anthropic               the reply's           anthropic/(name), else without its -yyyymmdd
///   Google                  the request's         claude-x@yyyymmdd: as Anthropic's; else google_genai/(name)
///   Bedrock                 the reply's           claude-x and (geography.)anthropic.(name)-v1:0: as Anthropic's; cohere. and mistral. alike
///   Mistral                 the reply's           mistralai/(name)
///   Cohere                  the request's         cohere/(name)
///   anybody else            the reply's           huggingface_hub/(name): open weights by repository
/// </code>
/// Where the call does not hold that name, the other one is taken. An alias is an entry of its own. The operator's own models come first,
/// by the event's provider and the reply's name, else the request's where it is not another model's.
/// </summary>
internal sealed partial class ModelMatch(ImpactData data, OwnModels? own = null)
{
    /// <summary>Answers remembered; past it all are forgotten, since names without end are no names worth keeping.</summary>
    public const int MaxRemembered = 4096;

    private const string OpenAI = "openai";
    private const string Anthropic = "anthropic";
    private const string Google = "google_genai";
    private const string Mistral = "mistralai";
    private const string Cohere = "cohere";
    private const string OpenWeights = "huggingface_hub";

    private enum Seller { Other, OpenAI, Anthropic, Google, Bedrock, Mistral, Cohere }

    /// <summary>Names that events, telemetry conventions and price catalogues have for them.</summary>
    private static readonly FrozenDictionary<string, Seller> Sellers = new Dictionary<string, Seller>
    {
        ["openai"] = Seller.OpenAI,
        ["azure"] = Seller.OpenAI,
        ["azure_openai"] = Seller.OpenAI,
        ["azure-openai"] = Seller.OpenAI,
        ["az.ai.openai"] = Seller.OpenAI,
        ["azure.ai.openai"] = Seller.OpenAI,
        ["anthropic"] = Seller.Anthropic,
        ["google"] = Seller.Google,
        ["gemini"] = Seller.Google,
        ["google_genai"] = Seller.Google,
        ["gcp.gemini"] = Seller.Google,
        ["gcp.gen_ai"] = Seller.Google,
        ["vertex"] = Seller.Google,
        ["vertex_ai"] = Seller.Google,
        ["google-vertex"] = Seller.Google,
        ["gcp.vertex_ai"] = Seller.Google,
        ["bedrock"] = Seller.Bedrock,
        ["aws"] = Seller.Bedrock,
        ["aws.bedrock"] = Seller.Bedrock,
        ["aws_bedrock"] = Seller.Bedrock,
        ["amazon-bedrock"] = Seller.Bedrock,
        ["mistral"] = Seller.Mistral,
        ["mistralai"] = Seller.Mistral,
        ["mistral_ai"] = Seller.Mistral,
        ["cohere"] = Seller.Cohere,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<(string Provider, string Name), FoundModel?> _remembered = [];

    public FoundModel? Find(LLMUsageAudit call)
    {
        var seller = Sellers.GetValueOrDefault(call.Provider);
        if (own is not null && FindOwn(call, seller) is { } operators) return operators;

        var name = seller is Seller.Google or Seller.Cohere
            ? call.RequestModel ?? call.ResponseModel
            : call.ResponseModel ?? call.RequestModel;
        if (name is null) return null;
        if (_remembered.TryGetValue((call.Provider, name), out var known)) return known;

        var found = Find(seller, ModelName.Bare(name));
        Remember((call.Provider, name), found);
        return found;
    }

    /// <summary>
    /// By the model that replied. By the one asked for where that is a name of the reply's model, or one of the operator's own (a
    /// deployment) that the data does not have: else it is another model's.
    /// </summary>
    private FoundModel? FindOwn(LLMUsageAudit call, Seller seller)
    {
        if (FindOwn(call.Provider, call.ResponseModel) is { } replied) return replied;
        if (call.RequestModel is not { } asked) return null;
        var isOfReply = call.ResponseModel is null || ModelName.IsSameModel(asked, call.ResponseModel) || Find(seller, ModelName.Bare(asked)) is null;
        return isOfReply ? FindOwn(call.Provider, asked) : null;
    }

    private FoundModel? FindOwn(string provider, string? name)
    {
        if (name is null || own!.Find(provider, name) is not { } model) return null;
        if (_remembered.TryGetValue((provider, name), out var known) && known?.Match == FoundModel.Operator) return known;
        var found = new FoundModel(model.Model, model.Centre, model.Formulas, FoundModel.Operator);
        Remember((provider, name), found);
        return found;
    }

    private void Remember((string Provider, string Name) asked, FoundModel? found)
    {
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered[asked] = found;
    }

    private FoundModel? Find(Seller seller, string name) => seller switch
    {
        Seller.OpenAI => FindSnapshot(OpenAI, name, OpenAISnapshot()),
        Seller.Anthropic => FindClaude(name),
        Seller.Google when name.StartsWith("claude-", StringComparison.Ordinal) => FindClaude(name.Replace('@', '-')),
        Seller.Google => Named(Google, name.StartsWith("google/", StringComparison.Ordinal) ? name["google/".Length..] : name),
        Seller.Bedrock => FindOnBedrock(name),
        Seller.Mistral => Named(Mistral, name),
        Seller.Cohere => Named(Cohere, name),
        _ => Named(OpenWeights, name),
    };

    private FoundModel? FindClaude(string name) => FindSnapshot(Anthropic, name, AnthropicSnapshot());

    private FoundModel? FindOnBedrock(string name)
    {
        if (name.StartsWith("claude-", StringComparison.Ordinal)) return FindClaude(name);

        var id = BedrockId().Match(name);
        var model = id.Groups["model"].Value;
        return id.Groups["vendor"].Value switch
        {
            "anthropic" => FindClaude(model),
            "cohere" => Named(Cohere, model),
            "mistral" => Named(Mistral, model),
            _ => null,
        };
    }

    /// <summary>A dated snapshot that the data does not have is the model that it is a snapshot of.</summary>
    private FoundModel? FindSnapshot(string provider, string name, Regex dated) =>
        Named(provider, name) ?? (dated.Match(name) is { Success: true } match ? Named(provider, match.Groups["model"].Value, FoundModel.Snapshot) : null);

    private FoundModel? Named(string provider, string name, string match = FoundModel.Exact) =>
        data.FindModel(provider, name) is { } model ? new FoundModel(model, data.CentreOf(model), data.Formulas, match) : null;

    [GeneratedRegex(@"\A(?<model>.+)-20[0-9]{2}-[01][0-9]-[0-3][0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex OpenAISnapshot();

    [GeneratedRegex(@"\A(?<model>.+)-20[0-9]{2}[01][0-9][0-3][0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex AnthropicSnapshot();

    [GeneratedRegex(
        @"\A(?:arn:aws[a-z-]*:bedrock:[^/]*/)?(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?(?<vendor>anthropic|cohere|mistral)\.(?<model>[^:]+?)(?:-v[0-9]+(?::[0-9]+)?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex BedrockId();
}
