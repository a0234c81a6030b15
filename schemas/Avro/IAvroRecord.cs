namespace Pipeline.Schemas.Avro;

/// <summary>A record that is the value of a topic: one schema file, one registry subject.</summary>
public interface IAvroRecord<TSelf>
    where TSelf : IAvroRecord<TSelf>
{
    /// <summary>Registry subject, which is the schema file's name: `llm-usage-raw-value`.</summary>
    static abstract string Subject { get; }

    /// <summary>The schema as it is registered.</summary>
    static abstract string SchemaJson { get; }

    /// <summary>CRC-64-AVRO of the schema's Parsing Canonical Form.</summary>
    static abstract ulong Fingerprint { get; }

    /// <summary>Reads the body written with exactly this schema; what it returns counts only while the reader has not failed.</summary>
    static abstract TSelf Read(ref AvroReader reader);

    void Write(AvroWriter writer);
}

/// <summary>Whole bodies of records.</summary>
public static class AvroBody
{
    /// <summary>False when the body is cut off, malformed, or longer than its record.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> body, out T record)
        where T : IAvroRecord<T>
    {
        var reader = new AvroReader(body);
        record = T.Read(ref reader);
        return !reader.Failed && reader.Remaining == 0;
    }
}
