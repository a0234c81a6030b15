using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Resolution;

/// <summary>Reads one value of the writer's schema and writes it in the reader's.</summary>
internal abstract class TranscodeStep
{
    public const int MaxDepth = 64;

    /// <summary>Defaults can make a body longer; far more than an event's bound is an attack.</summary>
    public const int MaxOutputBytes = 4 * 1024 * 1024;

    public void Run(ref AvroReader reader, AvroWriter writer, int depth)
    {
        if (depth > MaxDepth || writer.Length > MaxOutputBytes) reader.Refuse();
        if (!reader.Failed) Transcode(ref reader, writer, depth);
    }

    protected abstract void Transcode(ref AvroReader reader, AvroWriter writer, int depth);
}

internal sealed class PrimitiveStep(AvroType from, AvroType to) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        switch (from)
        {
            case AvroType.Boolean:
                writer.WriteBoolean(reader.ReadBoolean());
                break;
            case AvroType.Int:
                WriteInteger(writer, reader.ReadInt());
                break;
            case AvroType.Long:
                WriteInteger(writer, reader.ReadLong());
                break;
            case AvroType.Float when to == AvroType.Double:
                writer.WriteDouble(reader.ReadFloat());
                break;
            case AvroType.Float:
                writer.WriteFloat(reader.ReadFloat());
                break;
            case AvroType.Double:
                writer.WriteDouble(reader.ReadDouble());
                break;
            case AvroType.Bytes or AvroType.String:
                writer.WriteBytes(reader.ReadBytes());
                break;
        }
    }

    private void WriteInteger(AvroWriter writer, long value)
    {
        if (to == AvroType.Float) writer.WriteFloat(value);
        else if (to == AvroType.Double) writer.WriteDouble(value);
        else writer.WriteLong(value);
    }
}

internal sealed class FixedStep(int size) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        var start = reader.Position;
        reader.Skip(size);
        if (!reader.Failed) writer.WriteRaw(reader.Slice(start, size));
    }
}

/// <param name="symbols">The reader's index for each of the writer's symbols.</param>
internal sealed class EnumStep(int[] symbols) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth) =>
        writer.WriteInt(symbols[reader.ReadEnum(symbols.Length)]);
}

internal sealed class BlocksStep(bool isMap, TranscodeStep element) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        for (var count = reader.ReadBlockCount(); count > 0; count = reader.ReadBlockCount())
        {
            writer.WriteInt(count);
            for (var i = 0; i < count && !reader.Failed; i++)
            {
                if (isMap) writer.WriteBytes(reader.ReadBytes());
                element.Run(ref reader, writer, depth + 1);
            }
        }

        writer.WriteInt(0);
    }
}

/// <param name="branches">One step per branch of the writer's union.</param>
internal sealed class WriterUnionStep(TranscodeStep[] branches) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        var branch = reader.ReadEnum(branches.Length);
        branches[branch].Run(ref reader, writer, depth + 1);
    }
}

/// <summary>A plain value of the writer that becomes one branch of the reader's union.</summary>
internal sealed class ReaderUnionStep(int branch, TranscodeStep value) : TranscodeStep
{
    protected override void Transcode(ref AvroReader reader, AvroWriter writer, int depth)
    {
        writer.WriteInt(branch);
        value.Run(ref reader, writer, depth + 1);
    }
}
