using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Intake;

/// <summary>Foreign records written by hand, and what the intake makes of them.</summary>
internal static class Foreign
{
    public const string OtoroshiTopic = "otoroshi-audits";
    public const string OtelTopic = "otlp-spans";

    public static readonly IntakeOptions Options = new() { OtoroshiTopic = OtoroshiTopic, OtelTopic = OtelTopic };

    /// <summary>As Otoroshi's exporter writes an event of a blocking chat call.</summary>
    /// <param name="more">Further members, beginning with a comma; the last one of a name counts.</param>
    public static string Otoroshi(string kind, string usage, string more = "") =>
        $$$"""
        {"@id":"1734567890123456789","@timestamp":1795262430000,"@type":"AuditEvent","@product":"otoroshi","@serviceId":"--","@service":"Otoroshi","@env":"prod",
        "audit":"LLMUsageAudit","provider_kind":"{{{kind}}}","provider":"provider_10bbc76d","duration":2900,"model":"gpt-4o",
        "rate_limit":{"requests_limit":-1,"requests_remaining":-1,"tokens_limit":30000,"tokens_remaining":29000},"usage":{{{usage}}},"error":null,
        "consumed_using":"chat/completion/blocking","request_id":"1734567890123456780",
        "user":{"name":"Ann Example","email":"ann@example.test"},
        "apikey":{"_loc":{"tenant":"acme","teams":["search"]},"clientId":"client-1","clientSecret":"canary-secret","clientName":"search app"},
        "route":{"_loc":{"tenant":"other","teams":["a","b"]},"id":"route_1","name":"llm-chat"},
        "input_prompt":[{"role":"user","content":"canary-prompt"}],
        "output":{"generations":[{"message":{"role":"assistant","content":"canary-reply"}}],"metadata":{"usage":{{{usage}}}}},
        "provider_details":{"id":"provider_10bbc76d","name":"ours","connection":{"token":"canary-token"},"options":{"model":"gpt-4o-default"}}{{{more}}}}
        """;

    /// <param name="attributes">Of the span, each `key=kind:value`, kinds as in OTLP/JSON.</param>
    public static string Span(string spanId, string parent, params IEnumerable<string> attributes) =>
        $$$"""
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{{{spanId}}}","parentSpanId":"{{{parent}}}","name":"chat gpt-4o","kind":3,
        "startTimeUnixNano":"1795262430000000000","endTimeUnixNano":"1795262432900000500","attributes":[{{{string.Join(',', attributes.Select(Attribute))}}}],
        "events":[{"name":"gen_ai.user.message","attributes":[{"key":"content","value":{"stringValue":"canary-event"}}]}],"status":{} }
        """;

    public static string Traces(params IEnumerable<string> spans) =>
        $$$"""
        {"resourceSpans":[{"scopeSpans":[{"scope":{"name":"opentelemetry.instrumentation.openai"},"spans":[{{{string.Join(',', spans)}}}]}],
        "resource":{"attributes":[{{{Attribute("service.name=stringValue:\"checkout\"")}}},{{{Attribute("service.namespace=stringValue:\"shop\"")}}},
        {{{Attribute("deployment.environment.name=stringValue:\"prod\"")}}}]}}]}
        """;

    /// <summary>What the intake makes of one record.</summary>
    public static (IReadOnlyList<LLMUsageAudit> Calls, IReadOnlyList<DeadLetter> Dead) Read(string topic, string json, IntakeOptions? options = null)
    {
        var schemas = Calls.Schemas();
        using var transform = new IntakeTransform(options ?? Options, schemas, new IntakeMetrics());
        var effects = new StepEffects();
        transform.Step(Calls.Batch(Record(topic, json, 41)), effects);
        Assert.All(effects.Records, record => Assert.Equal(Topics.UsageImports, record.Topic));
        return ([.. effects.Records.Select(Decode)], [.. effects.DeadLetters]);
    }

    public static LLMUsageAudit One(string topic, string json, IntakeOptions? options = null)
    {
        var (calls, dead) = Read(topic, json, options);
        Assert.Empty(dead);
        return Assert.Single(calls);
    }

    public static LogRecord Record(string topic, string json, long offset) =>
        new(new TopicPartition(topic, 2), offset, Calls.At, Encoding.UTF8.GetBytes("canary-key"), Encoding.UTF8.GetBytes(json), [new RecordHeader("h", "canary-header"u8.ToArray())]);

    private static LLMUsageAudit Decode(NewRecord record)
    {
        var call = TopicContents.Decode<LLMUsageAudit>(record.Value);
        Assert.Equal(call.EventId.ToString(), Encoding.UTF8.GetString(record.Key.Span));
        return call;
    }

    private static string Attribute(string attribute)
    {
        var (equals, colon) = (attribute.IndexOf('='), attribute.IndexOf(':'));
        return $$$"""{"key":"{{{attribute[..equals]}}}","value":{"{{{attribute[(equals + 1)..colon]}}}":{{{attribute[(colon + 1)..]}}}}}""";
    }
}
