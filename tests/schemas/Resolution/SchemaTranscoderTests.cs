using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Resolution;
using Xunit;

namespace Pipeline.Schemas.Tests.Resolution;

public sealed class SchemaTranscoderTests
{
    private const string Inner = """{"type":"record","name":"In","fields":[{"name":"p","type":"int"},{"name":"q","type":"string"}]}""";
    private const string Linked = """{"type":"record","name":"Node","fields":[{"name":"v","type":"VALUE"},{"name":"next","type":["null","Node"],"default":null}]}""";

    [Theory]
    [InlineData("\"int\"", "\"int\"", "54", "54")]
    [InlineData("\"int\"", "\"long\"", "54", "54")]
    [InlineData("\"int\"", "\"float\"", "04", "00000040")]
    [InlineData("\"int\"", "\"double\"", "04", "0000000000000040")]
    [InlineData("\"long\"", "\"float\"", "04", "00000040")]
    [InlineData("\"long\"", "\"double\"", "04", "0000000000000040")]
    [InlineData("\"float\"", "\"double\"", "00000040", "0000000000000040")]
    [InlineData("\"string\"", "\"bytes\"", "0461ff", "0461ff")]
    [InlineData("\"bytes\"", "\"string\"", "046162", "046162")]
    [InlineData("\"int\"", """["null","long"]""", "54", "0254")]
    [InlineData("\"int\"", """["double","int"]""", "54", "0254")]
    [InlineData("""["null","int"]""", """["null","string","long"]""", "0254", "0454")]
    [InlineData("""["int"]""", "\"long\"", "0054", "54")]
    [InlineData("\"null\"", """["null","long"]""", "", "00")]
    [InlineData("""{"type":"array","items":"int"}""", """{"type":"array","items":"double"}""", "020400", "02000000000000004000")]
    [InlineData("""{"type":"map","values":"int"}""", """{"type":"map","values":["null","int"]}""", "0202610400", "020261020400")]
    [InlineData("""{"type":"fixed","name":"F","size":2}""", """{"type":"fixed","name":"F","size":2}""", "abcd", "abcd")]
    [InlineData("""{"type":"fixed","name":"Old","size":1}""", """{"type":"fixed","name":"F","size":1,"aliases":["Old"]}""", "ab", "ab")]
    [InlineData("""{"type":"enum","name":"E","symbols":["a","b"]}""", """{"type":"enum","name":"E","symbols":["b","a"]}""", "00", "02")]
    [InlineData("""{"type":"enum","name":"E","symbols":["a","new"]}""", """{"type":"enum","name":"E","symbols":["unknown","a"],"default":"unknown"}""", "02", "00")]
    [InlineData("""{"type":"enum","name":"x.E","symbols":["a"]}""", """{"type":"enum","name":"y.E","symbols":["a"]}""", "00", "00")]
    [InlineData("""{"type":"long","logicalType":"timestamp-micros"}""", "\"long\"", "04", "04")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}""", """{"type":"bytes","logicalType":"decimal","precision":28,"scale":2}""", "0201", "0201")]
    public void Value_ResolvableSchemas_IsTranscoded(string writer, string reader, string body, string expected) =>
        Assert.Equal(expected, Transcode(writer, reader, body));

    [Theory]
    [InlineData("a:int,b:string", "b:string,a:int", "54046162", "04616254")]
    [InlineData("a:int,b:string,c:int", "c:long", "5404616206", "06")]
    [InlineData("a:int,b:string,c:int", "a:int,c:int", "5404616206", "5406")]
    [InlineData("a:int", "x:int=7,a:int,y:string=\"z\"", "54", "0e54027a")]
    [InlineData("a:int", "b@a:long", "54", "54")]
    [InlineData("a:int,b:int", "b@a:int", "0204", "04")]
    [InlineData("a:int,i:IN,b:int", "b:int,a:int", "540604616206", "0654")]
    public void Record_FieldsInOtherPlaces_AreMatchedByName(string writer, string reader, string body, string expected) =>
        Assert.Equal(expected, Transcode(Record(writer), Record(reader), body));

    [Theory]
    [InlineData("\"int\"", "7", "0e")]
    [InlineData("\"long\"", "-1", "01")]
    [InlineData("\"double\"", "2", "0000000000000040")]
    [InlineData("\"float\"", "2", "00000040")]
    [InlineData("\"boolean\"", "true", "01")]
    [InlineData("\"string\"", "\"ab\"", "046162")]
    [InlineData("\"bytes\"", "\"\\u00ff\"", "02ff")]
    [InlineData("""["null","int"]""", "null", "00")]
    [InlineData("""["int","null"]""", "1", "0002")]
    [InlineData("""{"type":"array","items":"int"}""", "[1,2]", "04020400")]
    [InlineData("""{"type":"array","items":"int"}""", "[]", "00")]
    [InlineData("""{"type":"map","values":"int"}""", "{\"a\":1}", "0202610200")]
    [InlineData("""{"type":"enum","name":"E","symbols":["a","b"]}""", "\"b\"", "02")]
    [InlineData("""{"type":"fixed","name":"F","size":2}""", "\"\\u0001\\u0002\"", "0102")]
    [InlineData(Inner, "{\"p\":1,\"q\":\"x\"}", "020278")]
    public void Field_MissingInTheWriter_TakesItsDefault(string type, string value, string expected)
    {
        var reader = $$"""{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"d","type":{{type}},"default":{{value}}}]}""";
        Assert.Equal("54" + expected, Transcode(Record("a:int"), reader, "54"));
    }

    [Theory]
    [InlineData("\"string\"", "\"int\"", "string cannot be read as int")]
    [InlineData("\"long\"", "\"int\"", "long cannot be read as int")]
    [InlineData("""["null","string"]""", "\"string\"", "null cannot be read as string")]
    [InlineData("""["null","string","boolean"]""", """["null","string"]""", "boolean is no branch of [null, string]")]
    [InlineData("""{"type":"enum","name":"E","symbols":["a","b"]}""", """{"type":"enum","name":"E","symbols":["a"]}""", "symbol b of E")]
    [InlineData("""{"type":"fixed","name":"F","size":2}""", """{"type":"fixed","name":"F","size":3}""", "cannot be read")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":28,"scale":2}""", """{"type":"bytes","logicalType":"decimal","precision":28,"scale":12}""", "scale 2 cannot be read with scale 12")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":38,"scale":2}""", """{"type":"bytes","logicalType":"decimal","precision":28,"scale":2}""", "38 digits")]
    [InlineData("""{"type":"long","logicalType":"timestamp-millis"}""", """{"type":"long","logicalType":"timestamp-micros"}""", "timestamp-millis cannot be read as timestamp-micros")]
    [InlineData("""{"type":"record","name":"A","fields":[]}""", """{"type":"record","name":"B","fields":[]}""", "record A is not B")]
    [InlineData("{", "\"int\"", "the writer's schema cannot be read")]
    public void Schemas_ThatCannotBeResolved_SayWhy(string writer, string reader, string reason)
    {
        Assert.False(SchemaTranscoder.TryCompile(writer, reader, out var transcoder, out var incompatibility));
        Assert.Null(transcoder);
        Assert.Contains(reason, incompatibility);
    }

    [Fact]
    public void Schemas_MissingFieldWithoutDefault_NamesItsPath()
    {
        const string writer = """{"type":"record","name":"R","fields":[{"name":"i","type":{"type":"record","name":"In","fields":[]}}]}""";
        const string reader = """{"type":"record","name":"R","fields":[{"name":"i","type":{"type":"record","name":"In","fields":[{"name":"x","type":"int"}]}}]}""";
        Assert.False(SchemaTranscoder.TryCompile(writer, reader, out _, out var incompatibility));
        Assert.StartsWith("i.x: ", incompatibility);
    }

    [Fact]
    public void Record_ThatHoldsItself_IsTranscodedToItsDepthAndNoFurther()
    {
        var writer = Linked.Replace("VALUE", "int");
        var reader = Linked.Replace("VALUE", "long");
        Assert.Equal("020204020600", Transcode(writer, reader, "020204020600"));
        var deep = string.Concat(Enumerable.Repeat("0202", 1_000)) + "0200";
        Assert.Null(Transcode(writer, reader, deep));
    }

    [Fact]
    public void Record_CutOffOrTooLong_IsRefused()
    {
        const string body = "54046162";
        for (var length = 0; length < body.Length; length += 2)
            Assert.Null(Transcode(Record("a:int,b:string"), Record("b:string,a:int"), body[..length]));
        Assert.Null(Transcode(Record("a:int,b:string"), Record("b:string,a:int"), body + "00"));
    }

    [Fact]
    public void Record_LongDefaultTimesManyItems_StopsAtTheOutputBound()
    {
        var items = """{"type":"array","items":{"type":"record","name":"R","fields":[FIELDS]}}""";
        var writer = items.Replace("FIELDS", """{"name":"a","type":"int"}""");
        var reader = items.Replace("FIELDS", $$"""{"name":"a","type":"int"},{"name":"d","type":"string","default":"{{new string('x', 10_000)}}"}""");
        using var body = new AvroWriter();
        body.WriteInt(60_000);
        for (var i = 0; i < 60_000; i++) body.WriteInt(0);
        body.WriteInt(0);
        Assert.Null(Transcode(writer, reader, Convert.ToHexString(body.WrittenSpan)));
    }

    [Fact]
    public void EventOfANewerSchema_WithAnAddedField_ReadsAsOurs()
    {
        const string fields = "\"fields\":[";
        var start = LLMUsageAuditSchema().IndexOf(fields, StringComparison.Ordinal) + fields.Length;
        var newer = LLMUsageAuditSchema().Insert(start, """{"name":"added","type":"string","default":""},""");
        Assert.True(SchemaTranscoder.TryCompile(newer, LLMUsageAuditSchema(), out var transcoder, out var incompatibility), incompatibility);
        Assert.False(transcoder!.IsIdentity);

        using var body = new AvroWriter();
        body.WriteString("from the future");
        SampleRecords.Raw().Write(body);
        using var ours = new AvroWriter();
        Assert.True(transcoder.TryTranscode(body.WrittenSpan, ours));
        Assert.True(AvroBody.TryRead<LLMUsageAudit>(ours.WrittenSpan, out var record));
        Assert.Equal(SampleRecords.Raw().EventId, record.EventId);
        Assert.Equal("acme", record.Attribution.Tenant);
    }

    [Fact]
    public void SameSchemaWithOtherDocs_IsIdentity()
    {
        var other = LLMUsageAuditSchema().Replace("\"doc\":\"", "\"doc\":\"Other: ", StringComparison.Ordinal);
        Assert.True(SchemaTranscoder.TryCompile(other, LLMUsageAuditSchema(), out var transcoder, out _));
        Assert.True(transcoder!.IsIdentity);
    }

    [Fact]
    public void EveryOwnSchema_AgainstItself_TranscodesToTheSameBytes()
    {
        foreach (var codec in RecordCodecs.All.Values)
        {
            Assert.True(SchemaTranscoder.TryCompile(codec.SchemaJson, codec.SchemaJson, out var transcoder, out var incompatibility), incompatibility);
            for (var seed = 0; seed < 50; seed++)
            {
                var body = new RandomBody(seed).Of(codec.SchemaJson);
                using var target = new AvroWriter();
                Assert.True(transcoder!.TryTranscode(body, target), $"{codec.Subject} seed {seed}");
                Assert.Equal(body, target.WrittenSpan.ToArray());
            }
        }
    }

    private static string LLMUsageAuditSchema() => LLMUsageAudit.SchemaJson;

    /// <summary>A record from `name@alias:type=default` parts; type IN is a nested record.</summary>
    private static string Record(string fields) =>
        """{"type":"record","name":"R","fields":[""" + string.Join(',', fields.Split(',').Select(Field)) + "]}";

    private static string Field(string text)
    {
        var (name, type) = (text[..text.IndexOf(':')], text[(text.IndexOf(':') + 1)..]);
        var alias = name.Contains('@') ? $",\"aliases\":[\"{name[(name.IndexOf('@') + 1)..]}\"]" : "";
        var value = type.Contains('=') ? $",\"default\":{type[(type.IndexOf('=') + 1)..]}" : "";
        type = type.Split('=')[0];
        return $"{{\"name\":\"{name.Split('@')[0]}\",\"type\":{(type == "IN" ? Inner : $"\"{type}\"")}{alias}{value}}}";
    }

    /// <returns>The reader's body in hex; null when the transcoder refuses.</returns>
    private static string? Transcode(string writer, string reader, string body)
    {
        Assert.True(SchemaTranscoder.TryCompile(writer, reader, out var transcoder, out var incompatibility), incompatibility);
        using var target = new AvroWriter();
        return transcoder!.TryTranscode(Convert.FromHexString(body), target) ? Convert.ToHexStringLower(target.WrittenSpan) : null;
    }
}
