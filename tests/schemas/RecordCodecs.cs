using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Tests;

/// <summary>The generated codecs by subject, so that one test serves all records.</summary>
internal static class RecordCodecs
{
    public static readonly IReadOnlyDictionary<string, RecordCodec> All = new[]
    {
        Of<LLMUsageAudit>(), Of<LlmUsage>(), Of<UsageAggregate>(), Of<BudgetSpend>(), Of<BudgetState>(), Of<BudgetAlert>(),
    }.ToDictionary(codec => codec.Subject);

    private static RecordCodec Of<T>()
        where T : IAvroRecord<T> =>
        new(T.Subject, T.SchemaJson, T.Fingerprint, static body =>
        {
            if (!AvroBody.TryRead<T>(body, out var record)) return null;
            using var writer = new AvroWriter();
            record.Write(writer);
            return writer.WrittenSpan.ToArray();
        });
}

/// <param name="Rewrite">Reads the body into the record and writes it again; null when it cannot be read.</param>
internal sealed record RecordCodec(string Subject, string SchemaJson, ulong Fingerprint, Func<byte[], byte[]?> Rewrite);
