using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Resolution;

/// <summary>
/// Turns bodies written with another version of a schema into bodies of ours, by Avro's schema resolution: fields by name or
/// alias, defaults for what is missing, promotions, enum symbols by name, unions. Made once per schema id; safe for all threads.
/// </summary>
public sealed class SchemaTranscoder
{
    private readonly TranscodeStep _root;

    private SchemaTranscoder(TranscodeStep root, bool isIdentity)
    {
        _root = root;
        IsIdentity = isIdentity;
    }

    /// <summary>Both schemas have the same binary form: bodies can be read as they are.</summary>
    public bool IsIdentity { get; }

    /// <param name="incompatibility">One sentence naming the field, when the writer's records cannot be read with the reader's schema.</param>
    public static bool TryCompile(string writerJson, string readerJson, out SchemaTranscoder? transcoder, out string? incompatibility)
    {
        transcoder = null;
        if (SchemaParser.Parse(writerJson, out var writerError) is not { } writer)
        {
            incompatibility = $"the writer's schema cannot be read: {writerError}";
            return false;
        }

        if (SchemaParser.Parse(readerJson, out var readerError) is not { } reader)
        {
            incompatibility = $"the reader's schema cannot be read: {readerError}";
            return false;
        }

        var root = new TranscodeCompiler().Compile(writer, reader, out incompatibility);
        if (root is null) return false;
        transcoder = new SchemaTranscoder(root, CanonicalForm.Of(writer) == CanonicalForm.Of(reader));
        return true;
    }

    /// <summary>Appends the body in the reader's schema to the target.</summary>
    /// <returns>False when the body is cut off, malformed, too long or too deep; the target then holds a part of it.</returns>
    public bool TryTranscode(ReadOnlySpan<byte> body, AvroWriter target)
    {
        var reader = new AvroReader(body);
        _root.Run(ref reader, target, 0);
        return !reader.Failed && reader.Remaining == 0;
    }
}
