using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Xunit;

namespace Pipeline.Runtime.Tests.Registry;

public sealed class SchemaCatalogTests
{
    private static readonly SchemaFile[] Ours = [SchemaSet.BudgetSpend];

    private readonly FaultyRegistry _registry = new();

    [Fact]
    public void Reader_RecordOfOurSchema_GivesValueAndTheOriginalSlice()
    {
        var catalog = Catalog();
        using var writer = new RecordWriter<BudgetSpend>(catalog);
        using var reader = new RecordReader<BudgetSpend>(catalog);
        Assert.True(catalog.Prepare(CancellationToken.None));
        var record = Stored(writer.Write(Spend()), RecordWriter<BudgetSpend>.Headers);

        Assert.True(catalog.Resolve(BatchOf(record), CancellationToken.None));
        Assert.Equal(RecordReadOutcome.Ok, reader.Read(record, out var value, out var body));

        Assert.Equal(Spend().InstanceId, value!.InstanceId);
        Assert.True(body.Span.Overlaps(record.Value.Span));
    }

    [Fact]
    public void Reader_RecordOfANewerSchema_IsTranscodedToOurs()
    {
        // The writer has a field more than we know of.
        var node = JsonNode.Parse(SchemaSet.BudgetSpend.Json)!;
        node["fields"]!.AsArray().Add(JsonNode.Parse("""{"name":"later","type":"long"}"""));
        var id = _registry.Inner.Register("other-value", node.ToJsonString(), CancellationToken.None).Value;
        var catalog = Catalog();
        using var body = new AvroWriter();
        Spend().Write(body);
        body.WriteLong(42);
        var record = Stored([0, .. BigEndian(id), .. body.WrittenSpan]);
        using var reader = new RecordReader<BudgetSpend>(catalog);

        Assert.True(catalog.Resolve(BatchOf(record), CancellationToken.None));
        Assert.Equal(RecordReadOutcome.Ok, reader.Read(record, out var value, out var transcoded));

        Assert.Equal(Spend().InstanceId, value!.InstanceId);
        Assert.Equal(body.Length - 1, transcoded.Length);
    }

    [Fact]
    public void Resolve_UnknownId_IsPoisonOnlyWhenTheRegistryKnowsOurs()
    {
        var catalog = Catalog();
        Assert.True(catalog.Prepare(CancellationToken.None));
        var record = Stored([0, 0, 0, 99, 99, 1, 2, 3]);
        using var reader = new RecordReader<BudgetSpend>(catalog);

        _registry.HasForgottenAll = true;
        Assert.False(catalog.Resolve(BatchOf(record), CancellationToken.None));
        Assert.Equal(CheckStatus.Warning, catalog.Check().Status);

        _registry.HasForgottenAll = false;
        Assert.True(catalog.Resolve(BatchOf(record), CancellationToken.None));
        var outcome = reader.Read(record, out _, out _);
        Assert.Equal(RecordReadOutcome.UnknownSchema, outcome);
        Assert.Equal(DeadLetterReason.UnknownSchema, outcome.ToReason());
    }

    [Fact]
    public void Resolve_RegistryAway_IsRetryAndReadinessSaysSo()
    {
        _registry.IsAway = true;
        var catalog = Catalog();

        Assert.False(catalog.Resolve(BatchOf(Stored([0, 0, 0, 0, 1])), CancellationToken.None));
        Assert.Equal((CheckStatus.NotReady, "away"), (catalog.Check().Status, catalog.Check().Message));

        _registry.IsAway = false;
        Assert.True(catalog.Prepare(CancellationToken.None));
        Assert.Equal(CheckStatus.Ok, catalog.Check().Status);
    }

    [Fact]
    public void Resolve_AnotherFingerprintForTheId_StopsTheService()
    {
        var catalog = Catalog();
        Assert.True(catalog.Prepare(CancellationToken.None));
        var id = catalog.IdOf(SchemaSet.BudgetSpend.Subject);
        RecordHeader foreign = new(SchemaCatalog.FingerprintHeader, Encoding.ASCII.GetBytes("0123456789abcdef"));

        var stopped = Assert.Throws<ServiceStopException>(() => catalog.Resolve(BatchOf(Stored([0, .. BigEndian(id), 0], [foreign])), CancellationToken.None));

        Assert.Contains("0123456789abcdef", stopped.Message);
        Assert.Contains(SchemaSet.BudgetSpend.Fingerprint.ToString("x16"), stopped.Message);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0, 0, 0, 1, 2 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 255, 255, 255 })]
    public void Reader_NotARecord_IsMalformed(byte[] value)
    {
        var catalog = Catalog();
        var record = Stored(value);
        using var reader = new RecordReader<BudgetSpend>(catalog);

        Assert.True(catalog.Resolve(BatchOf(record), CancellationToken.None));
        Assert.Equal(RecordReadOutcome.Malformed, reader.Read(record, out _, out _));
    }

    [Fact]
    public void Reader_SchemaOfSomethingElse_IsIncompatible()
    {
        var id = _registry.Inner.Register("other-value", """{"type":"record","name":"Other","fields":[{"name":"x","type":"long"}]}""", CancellationToken.None).Value;
        var catalog = Catalog();
        var record = Stored([0, .. BigEndian(id), 2]);
        using var reader = new RecordReader<BudgetSpend>(catalog);

        Assert.True(catalog.Resolve(BatchOf(record), CancellationToken.None));
        Assert.Equal(RecordReadOutcome.IncompatibleSchema, reader.Read(record, out _, out _));
    }

    [Fact]
    public void Prepare_OnlyLookingUp_StopsWhenOursAreNotThere()
    {
        var catalog = new SchemaCatalog(_registry, Ours, mayRegister: false);
        Assert.Contains("Registry:Register", Assert.Throws<ServiceStopException>(() => catalog.Prepare(CancellationToken.None)).Message);
    }

    private SchemaCatalog Catalog() => new(_registry, Ours);

    private static BudgetSpend Spend() => new()
    {
        InstanceId = "0123456789abcdef0123456789abcdef",
        Budget = "team-monthly",
        Minute = DateTimeOffset.UnixEpoch,
        Delta = new Amounts { Usd = 1.5m, Tokens = 10, Requests = 1, Kgco2e = 0.25m },
        Source = new RecordPosition { Topic = "llm-usage-aggregates", Partition = 3, Offset = 7 },
    };

    private static byte[] BigEndian(int id)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, id);
        return bytes;
    }

    private static LogRecord Stored(byte[] value, IReadOnlyList<RecordHeader>? headers = null) =>
        new(new TopicPartition("llm-budget-spend", 0), 5, DateTimeOffset.UnixEpoch, "key"u8.ToArray(), value, headers ?? []);

    private static RecordBatch BatchOf(params LogRecord[] records) => new(records, new Dictionary<TopicPartition, long>(), null);

    private sealed class FaultyRegistry : ISchemaRegistry
    {
        public FileSchemaRegistry Inner { get; } = new(null);
        public bool IsAway { get; set; }
        public bool HasForgottenAll { get; set; }

        public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop) =>
            IsAway ? RegistryAnswer<int>.Failed(RegistryOutcome.Unreachable, "away") : Inner.Register(subject, schemaJson, stop);

        public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop) =>
            IsAway ? RegistryAnswer<int>.Failed(RegistryOutcome.Unreachable, "away") : Inner.LookUp(subject, schemaJson, stop);

        public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop) =>
            IsAway ? RegistryAnswer<string>.Failed(RegistryOutcome.Unreachable, "away")
            : HasForgottenAll ? RegistryAnswer<string>.Failed(RegistryOutcome.NotFound, "forgotten")
            : Inner.ReadSchema(id, stop);
    }
}
