using Pipeline.Schemas.Resolution;
using Xunit;

namespace Pipeline.Schemas.Tests.Resolution;

public sealed class SchemaFingerprintTests
{
    // Fingerprints of the primitive types as Avro's own test data gives them (share/test/data/schema-tests.txt).
    [Theory]
    [InlineData("\"null\"", "\"null\"", 7195948357588979594L)]
    [InlineData("""{"type":"boolean"}""", "\"boolean\"", -6970731678124411036L)]
    [InlineData("\"int\"", "\"int\"", 8247732601305521295L)]
    [InlineData("\"long\"", "\"long\"", -3434872931120570953L)]
    [InlineData("\"string\"", "\"string\"", -8142146995180207161L)]
    public void Primitive_AsPublished(string schema, string canonical, long fingerprint)
    {
        Assert.Equal(canonical, SchemaFingerprint.CanonicalFormOf(schema, out _));
        Assert.True(SchemaFingerprint.TryOf(schema, out var found, out _));
        Assert.Equal(fingerprint, (long)found);
    }

    [Fact]
    public void CanonicalForm_OfEverything_KeepsOnlyWhatTheBytesDependOn()
    {
        const string schema = """
            { "doc": "d", "namespace": "a.b", "name": "R", "type": "record", "extends": "x", "fields": [
              { "name": "e", "default": "s", "type": { "type": "enum", "name": "E", "symbols": [ "s" ], "default": "s" }, "aliases": ["old"] },
              { "name": "f", "type": { "size": 4, "name": "c.F", "type": "fixed" } },
              { "name": "again", "type": "E" },
              { "name": "u", "type": [ "null", { "type": "array", "items": { "type": "map", "values": "c.F" } } ] },
              { "name": "t", "type": { "type": "long", "logicalType": "timestamp-micros" } } ] }
            """;
        Assert.Equal(
            """{"name":"a.b.R","type":"record","fields":[{"name":"e","type":{"name":"a.b.E","type":"enum","symbols":["s"]}},"""
            + """{"name":"f","type":{"name":"c.F","type":"fixed","size":4}},{"name":"again","type":"a.b.E"},"""
            + """{"name":"u","type":["null",{"type":"array","items":{"type":"map","values":"c.F"}}]},{"name":"t","type":"long"}]}""",
            SchemaFingerprint.CanonicalFormOf(schema, out _));
    }

    [Fact]
    public void OwnSchemas_FingerprintsInCode_AreThoseOfTheirJson()
    {
        foreach (var file in SchemaSet.All)
        {
            Assert.True(SchemaFingerprint.TryOf(file.Json, out var found, out var error), error);
            Assert.Equal(file.Fingerprint, found);
            Assert.Equal(file.Subject, file.Topic + "-value");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("\"nothing\"")]
    [InlineData("""{"type":"record","name":"R"}""")]
    [InlineData("""{"type":"record","name":"1R","fields":[]}""")]
    [InlineData("""{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}""")]
    [InlineData("""["null","null"]""")]
    [InlineData("""["null",["int"]]""")]
    [InlineData("""{"type":"enum","name":"E","symbols":["a"],"default":"b"}""")]
    [InlineData("""{"type":"fixed","name":"F","size":-1}""")]
    [InlineData("""{"type":"array"}""")]
    [InlineData("42")]
    public void NoSchema_IsRefusedWithAReason(string json)
    {
        Assert.False(SchemaFingerprint.TryOf(json, out _, out var error));
        Assert.NotNull(error);
    }

    [Fact]
    public void SchemaNestedWithoutEnd_IsRefused()
    {
        var json = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 40)) + "\"int\"" + new string('}', 40);
        Assert.False(SchemaFingerprint.TryOf(json, out _, out var error));
        Assert.Contains("nested", error);
    }
}
