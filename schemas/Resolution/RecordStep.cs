using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Resolution;

/// <summary>
/// A record: the writer's fields are taken in the reader's order. Where both orders agree, which is nearly always, in one
/// pass; else the writer's fields are first skipped over to learn where each begins.
/// </summary>
internal sealed class RecordStep : TranscodeStep
{
    private AvroSchema[] _writerFields = [];
    private ReaderField[] _readerFields = [];
    private bool _isSameOrder;
    private bool _isComplete;

    /// <param name="WriterIndex">The writer's field that gives the value; -1 for the default.</param>
    internal readonly record struct ReaderField(int WriterIndex, TranscodeStep? Step, byte[]? Default);

    public void Complete(AvroSchema writer, ReaderField[] readerFields)
    {
        _writerFields = [.. writer.Fields.Select(field => field.Schema)];
        _readerFields = readerFields;
        _isComplete = true;
        var taken = readerFields.Where(field => field.WriterIndex >= 0).Select(field => field.WriterIndex).ToList();
        _isSameOrder = taken.Zip(taken.Skip(1)).All(pair => pair.First < pair.Second);
    }

    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        if (!_isComplete) reader.Refuse();
        else if (_isSameOrder) InOnePass(ref reader, writer, depth);
        else Reordered(ref reader, writer, depth);
    }

    private void InOnePass(ref AvroReader reader, AvroWriter writer, int depth)
    {
        var next = 0;
        foreach (var field in _readerFields)
        {
            if (field.Default is not null)
            {
                writer.WriteRaw(field.Default);
                continue;
            }

            for (; next < field.WriterIndex; next++) Skipping.Skip(_writerFields[next], ref reader, depth + 1);
            field.Step!.Run(ref reader, writer, depth + 1);
            next++;
        }

        for (; next < _writerFields.Length; next++) Skipping.Skip(_writerFields[next], ref reader, depth + 1);
    }

    private void Reordered(ref AvroReader reader, AvroWriter writer, int depth)
    {
        var starts = new int[_writerFields.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = reader.Position;
            Skipping.Skip(_writerFields[i], ref reader, depth + 1);
        }

        var end = reader.Position;
        foreach (var field in _readerFields)
        {
            if (reader.Failed) return;
            if (field.Default is not null)
            {
                writer.WriteRaw(field.Default);
                continue;
            }

            reader.Seek(starts[field.WriterIndex]);
            field.Step!.Run(ref reader, writer, depth + 1);
        }

        reader.Seek(end);
    }
}

/// <summary>Passes over a value that the reader does not have.</summary>
internal static class Skipping
{
    public static void Skip(AvroSchema schema, ref AvroReader reader, int depth)
    {
        if (depth > TranscodeStep.MaxDepth) reader.Refuse();
        if (reader.Failed) return;
        switch (schema.Type)
        {
            case AvroType.Boolean:
                reader.ReadBoolean();
                break;
            case AvroType.Int or AvroType.Long:
                reader.ReadLong();
                break;
            case AvroType.Float:
                reader.Skip(sizeof(float));
                break;
            case AvroType.Double:
                reader.Skip(sizeof(double));
                break;
            case AvroType.Bytes or AvroType.String:
                reader.ReadBytes();
                break;
            case AvroType.Fixed:
                reader.Skip(schema.Size);
                break;
            case AvroType.Enum:
                reader.ReadEnum(schema.Symbols.Count);
                break;
            case AvroType.Union:
                var branch = reader.ReadEnum(schema.Branches.Count);
                if (!reader.Failed) Skip(schema.Branches[branch], ref reader, depth + 1);
                break;
            case AvroType.Record:
                foreach (var field in schema.Fields) Skip(field.Schema, ref reader, depth + 1);
                break;
            case AvroType.Array or AvroType.Map:
                SkipBlocks(schema, ref reader, depth);
                break;
        }
    }

    private static void SkipBlocks(AvroSchema schema, ref AvroReader reader, int depth)
    {
        for (var count = reader.ReadBlockCount(); count > 0; count = reader.ReadBlockCount())
        {
            for (var i = 0; i < count && !reader.Failed; i++)
            {
                if (schema.Type == AvroType.Map) reader.ReadBytes();
                Skip(schema.Element!, ref reader, depth + 1);
            }
        }
    }
}
