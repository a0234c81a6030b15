using System.Text;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching.Estimating;

public sealed class ModelMatchTests
{
    private readonly ModelMatch _match = new(ImpactDataFiles.Embedded);

    [Theory]
    [InlineData("openai", "gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06")]
    [InlineData("openai", "gpt-5.6", "gpt-5.6-sol", "openai/gpt-5.6-sol")]
    [InlineData("openai", "gpt-4o", null, "openai/gpt-4o")]
    [InlineData("openai", "x", "gpt-5.3-codex-2026-02-01", "openai/gpt-5.3-codex")]
    [InlineData("azure", "my-deployment", "gpt-35-turbo", "openai/gpt-35-turbo")]
    [InlineData("Azure", "gpt-5", "gpt-5-2025-08-07", "openai/gpt-5-2025-08-07")]
    [InlineData("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5-20250929")]
    [InlineData("anthropic", "x", "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5")]
    [InlineData("anthropic", "x", "claude-opus-4-6-20260205", "anthropic/claude-opus-4-6")]
    [InlineData("google", "gemini-2.5-flash", "something-else", "google_genai/gemini-2.5-flash")]
    [InlineData("google", "models/gemini-2.5-flash", null, "google_genai/gemini-2.5-flash")]
    [InlineData("gemini", null, "gemini-2.5-pro", "google_genai/gemini-2.5-pro")]
    [InlineData("vertex", "google/gemini-2.5-pro", null, "google_genai/gemini-2.5-pro")]
    [InlineData("vertex", "publishers/google/models/gemini-2.5-pro", null, "google_genai/gemini-2.5-pro")]
    [InlineData("vertex_ai", "projects/p/locations/l/publishers/anthropic/models/claude-haiku-4-5@20251001", null, "anthropic/claude-haiku-4-5-20251001")]
    [InlineData("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", null, "anthropic/claude-haiku-4-5-20251001")]
    [InlineData("bedrock", "anthropic.claude-opus-4-6-v1", null, "anthropic/claude-opus-4-6")]
    [InlineData("bedrock", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6", null, "anthropic/claude-sonnet-4-6")]
    [InlineData("bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5-20251001")]
    [InlineData("bedrock", "mistral.ministral-3b-2512-v1:0", null, "mistralai/ministral-3b-2512")]
    [InlineData("mistral", "x", "mistral-large-latest", "mistralai/mistral-large-latest")]
    [InlineData("cohere", "command-a-03-2025", null, "cohere/command-a-03-2025")]
    [InlineData("groq", "openai/gpt-oss-120b", "openai/gpt-oss-120b", "huggingface_hub/openai/gpt-oss-120b")]
    [InlineData("together", "x", "mistralai/Mixtral-8x7B-Instruct-v0.1", "huggingface_hub/mistralai/Mixtral-8x7B-Instruct-v0.1")]
    public void Find_OfKnownModel_FollowsItsRule(string provider, string? asked, string? replied, string key)
    {
        var model = Find(provider, asked, replied);
        Assert.Equal(key, $"{model?.Provider}/{model?.Name}");
    }

    [Theory]
    [InlineData("openai", "gpt-4o", "gpt-4o-mini-largest")]
    [InlineData("openai", "gpt-3.5-turbo", "gpt-3.5-turbo-0613")]
    [InlineData("openai", "GPT-4o", null)]
    [InlineData("openai", "gpt-4o-2024", null)]
    [InlineData("openai", "claude-sonnet-4-6", null)]
    [InlineData("anthropic", null, "claude-sonnet-4-20250514")]
    [InlineData("anthropic", null, "claude-3-opus-20240229")]
    [InlineData("google", "gemini-1.5-pro", "gemini-2.5-pro")]
    [InlineData("bedrock", "us.amazon.nova-lite-v1:0", null)]
    [InlineData("bedrock", "xx.anthropic.claude-opus-4-6-v1", null)]
    [InlineData("mistral", "mistral-large-2411", "mistral-large-2411")]
    [InlineData("openrouter", "openai/gpt-4o", "openai/gpt-4o")]
    [InlineData("huggingface", "meta-llama/llama-3.1-8b-instruct", null)]
    [InlineData("deepseek", "deepseek-chat", "deepseek-chat")]
    [InlineData("openai", null, null)]
    [InlineData("openai", "", "")]
    public void Find_OfNameThatIsOnlyNear_FindsNothing(string provider, string? asked, string? replied) =>
        Assert.Null(Find(provider, asked, replied));

    /// <summary>The operator's parameters of a deployment hold whatever replies; those of a model are no other model's.</summary>
    [Theory]
    [InlineData("our-chat", "gpt-4o-2024-11-20", FoundModel.Operator)]
    [InlineData("our-chat", "brand-new-frontier-9", FoundModel.Operator)]
    [InlineData("gpt-4o", null, FoundModel.Operator)]
    [InlineData("gpt-4o", "gpt-4o-2024-11-20", FoundModel.Operator)]
    [InlineData("gpt-4o", "gpt-4.1-2025-04-14", FoundModel.Exact)]
    [InlineData("gpt-4o", "brand-new-frontier-9", null)]
    public void Find_OfOwnModelByTheRequest_IsNotAnotherModelsReply(string asked, string? replied, string? match)
    {
        var lines = string.Join('\n', new[] { "our-chat", "gpt-4o" }.Select(static name => $$$"""{"provider":"azure","name":"{{{name}}}","parameters":70,"pue":1,"wue":0}"""));
        var own = OwnModels.Read("own.jsonl", Encoding.UTF8.GetBytes(lines), ImpactDataFiles.Embedded);
        var found = new ModelMatch(ImpactDataFiles.Embedded, own).Find(Calls.Plain() with { Provider = "azure", RequestModel = asked, ResponseModel = replied });
        Assert.Equal(match, found?.Match == FoundModel.Snapshot ? FoundModel.Exact : found?.Match);
    }

    [Fact]
    public void Find_OfNamesWithoutEnd_GoesOnFinding()
    {
        for (var i = 0; i < 2 * ModelMatch.MaxRemembered; i++) Assert.Null(Find("openai", null, $"model-{i}"));
        Assert.NotNull(Find("openai", null, "gpt-4o"));
    }

    private ServedModel? Find(string provider, string? asked, string? replied) =>
        _match.Find(Calls.Plain() with { Provider = provider, RequestModel = asked, ResponseModel = replied })?.Model;
}
