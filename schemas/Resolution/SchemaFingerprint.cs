namespace Pipeline.Schemas.Resolution;

/// <summary>Identity of a schema across registries: CRC-64-AVRO of its Parsing Canonical Form.</summary>
public static class SchemaFingerprint
{
    /// <summary>False with the <paramref name="error"/> when the text is no Avro schema.</summary>
    public static bool TryOf(string schemaJson, out ulong fingerprint, out string? error)
    {
        fingerprint = 0;
        if (SchemaParser.Parse(schemaJson, out error) is not { } schema) return false;
        fingerprint = Crc64Avro.Of(CanonicalForm.Of(schema));
        return true;
    }

    /// <summary>The Parsing Canonical Form; null with the <paramref name="error"/> when the text is no Avro schema.</summary>
    public static string? CanonicalFormOf(string schemaJson, out string? error) =>
        SchemaParser.Parse(schemaJson, out error) is { } schema ? CanonicalForm.Of(schema) : null;
}
