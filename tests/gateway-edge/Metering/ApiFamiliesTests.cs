using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class ApiFamiliesTests
{
    [Theory]
    [InlineData("openai", "POST", "/v1/chat/completions", "openai.chat", "chat")]
    [InlineData("openai", "POST", "/chat/completions?api-version=1", "openai.chat", "chat")]
    [InlineData("openai", "POST", "/v1/responses", "openai.responses", "chat")]
    [InlineData("openai", "POST", "/v1/embeddings", "openai.embeddings", "embeddings")]
    [InlineData("openai", "GET", "/v1/responses/resp_1", "openai.responses", "retrieve")]
    [InlineData("openai", "GET", "/v1/responses/resp_1?stream=true", "openai.responses", "retrieve")]
    [InlineData("openai", "GET", "/v1/chat/completions/chatcmpl-1", "openai.chat", "retrieve")]
    [InlineData("openai", "POST", "/v1/completions", "openai.completions", "text_completion")]
    [InlineData("openai", "POST", "/v1/responses/compact", "openai.compact", "chat")]
    [InlineData("openai", "POST", "/v1/audio/translations", "openai.transcription", "transcription")]
    [InlineData("openai", "POST", "/v1/moderations", "openai.moderation", "moderation")]
    [InlineData("openai", "GET", "/v1/models", "openai.models", "models")]
    [InlineData("azure", "POST", "//openai/deployments/d/chat/completions?api-version=2024-02-01", "azure.chat", "chat")]
    [InlineData("ollama", "POST", "/api/chat", "ollama.chat", "chat")]
    [InlineData("anthropic", "POST", "/v1/messages/count_tokens", "anthropic.count_tokens", "count_tokens")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:countTokens", "google.countTokens", "count_tokens")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:embedContent", "google.embedContent", "embeddings")]
    [InlineData("ollama", "POST", "/v1/chat/completions", "ollama.chat_compat", "chat")]
    [InlineData("anthropic", "POST", "/v1/messages?beta=true", "anthropic.messages", "chat")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:generateContent", "google.generateContent", "generate_content")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "google.streamGenerateContent", "generate_content")]
    [InlineData("anthropic", "GET", "/v1/messages/batches/msgbatch_1/results", "anthropic.batch_results", "retrieve")]
    [InlineData("anthropic", "POST", "/v1/messages/count_tokens?beta=true", "anthropic.count_tokens", "count_tokens")]
    [InlineData("anthropic", "POST", "/v1/complete", "anthropic.complete", "text_completion")]
    [InlineData("google", "POST", "/v1beta/models/gemini-embedding-2:batchEmbedContents", "google.embedContent", "embeddings")]
    [InlineData("google", "GET", "/v1beta/interactions/v1_a", "google.interactions", "retrieve")]
    [InlineData("vertex", "POST", "/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict", "vertex.messages", "chat")]
    [InlineData("vertex", "POST", "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict", "vertex.count_tokens", "count_tokens")]
    [InlineData("vertex", "POST", "/v1/projects/p/locations/l/publishers/mistralai/models/mistral-medium-3:rawPredict", "vertex.chat", "chat")]
    [InlineData("bedrock", "POST", "/model/a.b-v1%3A0/converse-stream", "bedrock.converse_stream", "chat")]
    [InlineData("bedrock", "POST", "/model/a.b-v1%3A0/count-tokens", "bedrock.count_tokens", "count_tokens")]
    [InlineData("cohere", "POST", "/compatibility/v1/chat/completions", "cohere.openai_chat", "chat")]
    [InlineData("cohere", "POST", "/v2/rerank", "cohere.rerank", "rerank")]
    public void Match_MeteredCall_NamesFamilyAndOperation(string kind, string method, string path, string api, string operation)
    {
        var match = ApiFamilies.Match(kind, method, path);

        Assert.Equal(api, match.Api);
        Assert.Equal(operation, match.Operation);
    }

    [Theory]
    [InlineData("openai", "POST", "/v1/responses/resp_1/cancel")]
    [InlineData("openai", "GET", "/v1/responses/resp_1/input_items")]
    [InlineData("openai", "GET", "/v1/responses/")]
    [InlineData("openai", "DELETE", "/v1/responses/resp_1")]
    [InlineData("openai", "GET", "/v1/chat/completions")]
    [InlineData("openai", "POST", "/v1/xresponses2")]
    [InlineData("anthropic", "POST", "/v1/messages/batches")]
    [InlineData("anthropic", "POST", "/v1/chat/completions")]
    [InlineData("anthropic", "GET", "/v1/messages/batches/msgbatch_1")]
    [InlineData("anthropic", "GET", "/v1/messages/batches//results")]
    [InlineData("anthropic", "POST", "/v1/messages/batches/msgbatch_1/results")]
    [InlineData("vertex", "POST", "/v1/projects/p/locations/l/publishers/other/models/m:rawPredict")]
    [InlineData("bedrock", "POST", "/async-invoke")]
    [InlineData("bedrock", "GET", "/model/a/converse")]
    public void Match_AnythingElse_IsOther(string kind, string method, string path)
    {
        var match = ApiFamilies.Match(kind, method, path);

        Assert.Equal($"{kind}.other", match.Api);
        Assert.Equal("other", match.Operation);
        Assert.False(match.Family.IsMetered);
    }

    [Theory]
    [InlineData("/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash")]
    [InlineData("/v1beta/models/gemini-2.5-flash%3AgenerateContent", "gemini-2.5-flash")]
    [InlineData("/v1/projects/p/locations/global/publishers/google/models/gemini-3-pro:generateContent", "gemini-3-pro")]
    [InlineData("/v1beta/models/:generateContent", null)]
    [InlineData("/v1beta/models/please%20read%20my%20diary:generateContent", null)]
    public void Match_GoogleCall_TakesTheModelFromTheUrl(string path, string? model)
    {
        Assert.Equal(model, ApiFamilies.Match("google", "POST", path).UrlModel);
    }

    [Theory]
    [InlineData("/model/us.amazon.nova-lite-v1%3A0/converse", "us.amazon.nova-lite-v1:0")]
    [InlineData("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Ainference-profile%2Fus.a.b-v1%3A0/invoke", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a.b-v1:0")]
    [InlineData("/model/arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a.b-v1:0/invoke", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.a.b-v1:0")]
    public void Match_BedrockCall_TakesTheModelFromTheUrl(string path, string model)
    {
        Assert.Equal(model, ApiFamilies.Match("bedrock", "POST", path).UrlModel);
    }

    [Fact]
    public void Match_StoredReply_NamesItsId()
    {
        var match = ApiFamilies.Match("anthropic", "GET", "/v1/messages/batches/msgbatch_1/results");

        Assert.Equal(("msgbatch_1", "/messages/batches/{id}/results"), (match.StoredId, match.Pattern));
    }

    [Fact]
    public void Match_OverlongModelInUrl_IsDroppedAndStillMetered()
    {
        var match = ApiFamilies.Match("google", "POST", $"/v1beta/models/{new string('m', 129)}:generateContent");

        Assert.Equal("google.generateContent", match.Api);
        Assert.Null(match.UrlModel);
    }

    [Fact]
    public void Match_UnknownKind_NamesTheKnownOnes()
    {
        var failure = Assert.Throws<ArgumentException>(() => ApiFamilies.Match("openia", "POST", "/v1/responses"));

        Assert.Contains("anthropic, ", failure.Message, StringComparison.Ordinal);
    }
}
