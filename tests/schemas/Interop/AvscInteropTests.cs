using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Resolution;
using Xunit;

namespace Pipeline.Schemas.Tests.Interop;

public sealed class AvscInteropTests
{
    private const int Bodies = 100;

    public static TheoryData<string> Subjects => [.. RecordCodecs.All.Keys];

    [Theory, MemberData(nameof(Subjects))]
    public void OurBodies_DecodedAndEncodedByAvsc_AreTheSameBytes(string subject)
    {
        using var avsc = Avsc.StartOrSkip();
        var schema = RecordCodecs.All[subject].SchemaJson;
        var bodies = Enumerable.Range(0, Bodies).Select(seed => Hex(new RandomBody(seed).Of(schema))).ToList();
        Assert.Equal(bodies, avsc.AskBodies(new { op = "rewrite", schema, bodies }));
    }

    [Theory, MemberData(nameof(Subjects))]
    public void AvscBodies_ReadAndWrittenByUs_AreTheSameBytes(string subject)
    {
        using var avsc = Avsc.StartOrSkip();
        var codec = RecordCodecs.All[subject];
        var bodies = avsc.AskBodies(new { op = "make", schema = codec.SchemaJson, seed = 42, count = Bodies });
        Assert.Equal(Bodies, bodies.Count);
        Assert.Equal(bodies, bodies.Select(body => codec.Rewrite(Convert.FromHexString(body)) is { } written ? Hex(written) : "refused"));
    }

    [Fact]
    public void EnrichedEvent_ReadByAvsc_HasTheSameValues()
    {
        using var avsc = Avsc.StartOrSkip();
        using var writer = new AvroWriter();
        SampleRecords.Enriched().Write(writer);
        var value = avsc.Ask(new { op = "read", schema = LlmUsage.SchemaJson, body = Hex(writer.WrittenSpan) })["value"]!;
        Assert.Equal("019c0000-0000-7000-8000-000000000001", (string?)value["event_id"]);
        Assert.Equal(1_772_366_400_000_000, (long)value["started_at"]!);
        Assert.Equal("ok", (string?)value["outcome"]);
        Assert.Equal("gpt-5", (string?)value["request_model"]);
        Assert.Equal(28, (long)value["usage"]!["cache_read"]!);
        Assert.Null(value["usage"]!["reasoning"]);
        // 0.0005 USD = 500,000,000 of 1e-12.
        Assert.Equal("1dcd6500", (string?)value["cost"]!["net_total"]);
        Assert.Equal("priced", (string?)value["cost"]!["status"]);
        Assert.Equal(["Alpha", "beta", "zeta"], value["attribution"]!["tags"]!.AsObject().Select(tag => tag.Key));
        Assert.Equal(2.5e-5, (double)value["impact"]!["gwp"]!["max"]!);
    }

    public static TheoryData<string, string, string> Evolutions => new()
    {
        { "field added with default", R("""{"name":"a","type":"int"}"""), R("""{"name":"a","type":"int"},{"name":"b","type":"string","default":"x"}""") },
        { "field removed", R("""{"name":"a","type":"int"},{"name":"b","type":"string"}"""), R("""{"name":"a","type":"int"}""") },
        { "fields reordered", R("""{"name":"a","type":"int"},{"name":"b","type":"string"}"""), R("""{"name":"b","type":"string"},{"name":"a","type":"int"}""") },
        { "field renamed", R("""{"name":"a","type":"int"}"""), R("""{"name":"b","type":"int","aliases":["a"]}""") },
        { "int to double", R("""{"name":"a","type":"int"}"""), R("""{"name":"a","type":"double"}""") },
        { "long to double", R("""{"name":"a","type":"long"}"""), R("""{"name":"a","type":"double"}""") },
        { "string to bytes", R("""{"name":"a","type":"string"}"""), R("""{"name":"a","type":"bytes"}""") },
        { "became optional", R("""{"name":"a","type":"int"}"""), R("""{"name":"a","type":["null","int"]}""") },
        { "optional promoted", R("""{"name":"a","type":["null","int"]}"""), R("""{"name":"a","type":["null","long"]}""") },
        { "became required", R("""{"name":"a","type":["null","int"]}"""), R("""{"name":"a","type":"int"}""") },
        { "symbol added", R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a"]}}"""), R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a","b"]}}""") },
        { "symbol gone, with default", R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a","b"]}}"""), R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a"],"default":"unknown"}}""") },
        { "symbol gone", R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a","b"]}}"""), R("""{"name":"a","type":{"type":"enum","name":"E","symbols":["unknown","a"]}}""") },
        { "items promoted", R("""{"name":"a","type":{"type":"array","items":"int"}}"""), R("""{"name":"a","type":{"type":"array","items":"long"}}""") },
        { "map values optional", R("""{"name":"a","type":{"type":"map","values":"string"}}"""), R("""{"name":"a","type":{"type":"map","values":["null","string"]}}""") },
        { "missing without default", R("""{"name":"a","type":"int"}"""), R("""{"name":"a","type":"int"},{"name":"b","type":"string"}""") },
        { "type changed", R("""{"name":"a","type":"int"}"""), R("""{"name":"a","type":"string"}""") },
        { "long to int", R("""{"name":"a","type":"long"}"""), R("""{"name":"a","type":"int"}""") },
        { "newer event", Newer(), LLMUsageAudit.SchemaJson },
        { "older reader", LLMUsageAudit.SchemaJson, Newer() },
    };

    [Theory, MemberData(nameof(Evolutions))]
    public void Evolution_ResolvedByBoth_GivesTheSameBytes(string evolution, string writer, string reader)
    {
        using var avsc = Avsc.StartOrSkip();
        var bodies = Enumerable.Range(0, 20).Select(seed => Hex(new RandomBody(seed).Of(writer))).ToList();
        var theirs = avsc.Ask(new { op = "resolve", writer, reader, bodies });
        var isCompatible = SchemaTranscoder.TryCompile(writer, reader, out var transcoder, out var incompatibility);
        Assert.True(isCompatible == theirs["incompatible"] is null, $"{evolution}: ours {incompatibility ?? "compatible"}, avsc {theirs["incompatible"] ?? "compatible"}");
        if (!isCompatible) return;
        Assert.Equal(theirs["bodies"]!.AsArray().Select(body => body!.GetValue<string>()), bodies.Select(body =>
        {
            using var target = new AvroWriter();
            return transcoder!.TryTranscode(Convert.FromHexString(body), target) ? Hex(target.WrittenSpan) : "refused";
        }));
    }

    private static string R(string fields) => $$"""{"type":"record","name":"R","fields":[{{fields}}]}""";

    /// <summary>Our event with fields added, made wider and taken away.</summary>
    private static string Newer() => LLMUsageAudit.SchemaJson
        .Replace("\"fields\":[", "\"fields\":[" + """{"name":"added","type":["null","string"],"default":null},""", StringComparison.Ordinal)
        .Replace("""{"name":"background","type":"boolean",""", """{"name":"was_background","type":"boolean",""", StringComparison.Ordinal);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
