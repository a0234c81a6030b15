using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Explaining;

/// <summary>Which API has been seen in which form, recorded or written by hand. A form without either is a hole.</summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    private const string Plain = "plain";
    private const string Stream = "stream";
    private const string Both = Plain + " " + Stream;

    /// <summary>Every API that is claimed, with the forms in which it answers.</summary>
    private static readonly (string Api, string Forms)[] Claimed =
    [
        ("openai.chat", Both), ("openai.completions", Both), ("openai.responses", Both), ("openai.input_tokens", Plain), ("openai.compact", Plain),
        ("openai.embeddings", Plain), ("openai.images", Both), ("openai.transcription", Both), ("openai.speech", Both), ("openai.moderation", Plain),
        ("azure.chat", Both), ("azure.completions", Both), ("azure.responses", Both), ("azure.embeddings", Plain),
        ("anthropic.messages", Both), ("anthropic.count_tokens", Plain), ("anthropic.batch_results", Plain), ("anthropic.complete", Both),
        ("google.generateContent", Plain), ("google.streamGenerateContent", Stream), ("google.embedContent", Plain), ("google.countTokens", Plain),
        ("google.openai_chat", Both), ("google.interactions", Both), ("google.cachedContents", Plain),
        ("vertex.generateContent", Plain), ("vertex.streamGenerateContent", Stream), ("vertex.embedContent", Plain), ("vertex.predict", Plain),
        ("vertex.countTokens", Plain), ("vertex.openai_chat", Both), ("vertex.messages", Both), ("vertex.count_tokens", Plain), ("vertex.cachedContents", Plain), ("vertex.chat", Both),
        ("cohere.chat", Both), ("cohere.embed", Plain), ("cohere.rerank", Plain), ("cohere.generate", Both), ("cohere.classify", Plain), ("cohere.transcription", Plain), ("cohere.openai_chat", Both),
        ("bedrock.converse", Plain), ("bedrock.converse_stream", Stream), ("bedrock.invoke", Plain), ("bedrock.invoke_stream", Stream),
        ("bedrock.openai_responses", Both), ("bedrock.count_tokens", Plain), ("bedrock.openai_chat", Both), ("bedrock.messages", Both),
        ("mistral.chat", Both), ("mistral.embeddings", Plain), ("mistral.transcription", Plain), ("mistral.speech", Plain),
        ("groq.chat", Both), ("deepseek.chat", Both), ("xai.chat", Both), ("xai.responses", Both), ("xai.images", Plain),
        ("together.chat", Both), ("together.completions", Both),
        ("openrouter.chat", Both), ("openrouter.responses", Stream), ("openrouter.embeddings", Plain), ("perplexity.chat", Both),
        ("ollama.chat", Both), ("ollama.generate", Both), ("ollama.embed", Plain), ("ollama.chat_compat", Both),
        ("openai.chat (fireworks)", Both),
    ];

    [Fact]
    public void EveryClaimedApi_InEachOfItsForms_WasSeen()
    {
        var recorded = Recordings.Folder is null ? [] : Recordings.Everything().Select(recording => recording.Exchange).ToList();
        var seen = Count(recorded);
        var own = Count([.. OwnFixtures.Files().Select(RecordedExchange.Read)]);

        output.WriteLine($"{"api",-34} {"form",-7} {"recorded",8}  own");
        foreach (var (api, form) in seen.Keys.Union(own.Keys).Union(Claims()).Order())
            output.WriteLine($"{api,-34} {form,-7} {Shown(seen, api, form),8}  {Shown(own, api, form)}");

        // The product's own fixtures and hand-written replies stand in where the recordings are not at hand.
        if (recorded.Count == 0)
            Assert.Skip("no recorded exchanges: set PIPELINE_DATA to a folder with wire/index.jsonl");

        Assert.Empty(Claims().Where(claim => !seen.ContainsKey(claim) && !own.ContainsKey(claim)).Select(hole => $"{hole.Api} {hole.Form}"));
        Assert.DoesNotContain(seen.Keys, known => known.Api.EndsWith(".other", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Api, string Form)> Claims() =>
        Claimed.SelectMany(claim => claim.Forms.Split(' ').Select(form => (claim.Api, form)));

    private static string Shown(Dictionary<(string, string), int> counts, string api, string form) =>
        counts.TryGetValue((api, form), out var count) ? count.ToString() : "-";

    /// <summary>Good replies by API and form; an error tells nothing of how usage is read.</summary>
    private static Dictionary<(string Api, string Form), int> Count(IReadOnlyList<RecordedExchange> exchanges)
    {
        var meter = new ReplyMeter();
        var counts = new Dictionary<(string, string), int>();
        foreach (var exchange in exchanges)
        {
            var explained = ExplainedExchange.Of(exchange, meter);
            if (exchange.Status >= 400)
                continue;

            // Any other compatible host stands under its own name.
            var api = explained.Provider == RecordedUpstream.Of(exchange).Api ? explained.Match.Api : $"{explained.Match.Api} ({explained.Provider})";
            var form = (api, explained.Reply.IsStream ? Stream : Plain);
            counts[form] = counts.GetValueOrDefault(form) + 1;
        }

        return counts;
    }
}
