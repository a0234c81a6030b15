namespace Pipeline.Schemas.Resolution;

/// <summary>
/// Decides for each part of the reader's schema how it is made from the writer's. Strict: a branch or symbol of the writer
/// that has no place in the reader's schema makes the schemas incompatible, so that no record fails by its content alone.
/// </summary>
internal sealed class TranscodeCompiler
{
    private readonly Dictionary<(AvroSchema Writer, AvroSchema Reader), TranscodeStep> _records = [];
    private readonly List<string> _path = [];

    public TranscodeStep? Compile(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        if (writer.Type == AvroType.Union) return CompileWriterUnion(writer, reader, out incompatibility);
        if (reader.Type == AvroType.Union) return CompileReaderUnion(writer, reader, out incompatibility);
        incompatibility = null;
        if (LogicalMismatch(writer, reader) is { } mismatch)
        {
            incompatibility = At(mismatch);
            return null;
        }

        switch (writer.Type, reader.Type)
        {
            case (AvroType.Record, AvroType.Record):
                return CompileRecord(writer, reader, out incompatibility);
            case (AvroType.Enum, AvroType.Enum):
                return CompileEnum(writer, reader, out incompatibility);
            case (AvroType.Array, AvroType.Array) or (AvroType.Map, AvroType.Map):
                return CompileBlocks(writer, reader, out incompatibility);
            case (AvroType.Fixed, AvroType.Fixed) when writer.Size == reader.Size && IsSameName(writer, reader):
                return new FixedStep(writer.Size);
            case var (from, to) when CanPromote(from, to):
                return new PrimitiveStep(from, to);
            default:
                incompatibility = At($"{Describe(writer)} cannot be read as {Describe(reader)}");
                return null;
        }
    }

    private static bool CanPromote(AvroType from, AvroType to) => (from, to) switch
    {
        (AvroType.Record or AvroType.Enum or AvroType.Fixed or AvroType.Array or AvroType.Map, _) => false,
        (AvroType.Int, AvroType.Long or AvroType.Float or AvroType.Double) => true,
        (AvroType.Long, AvroType.Float or AvroType.Double) => true,
        (AvroType.Float, AvroType.Double) => true,
        (AvroType.String, AvroType.Bytes) or (AvroType.Bytes, AvroType.String) => true,
        _ => from == to,
    };

    /// <summary>A logical type is read by its underlying type, except where that would silently change the quantity.</summary>
    private static string? LogicalMismatch(AvroSchema writer, AvroSchema reader)
    {
        if (writer.IsDecimal && reader.IsDecimal)
        {
            if (writer.Scale != reader.Scale) return $"a decimal of scale {writer.Scale} cannot be read with scale {reader.Scale}";
            return writer.Precision > reader.Precision
                ? $"a decimal of {writer.Precision} digits cannot be read with {reader.Precision}"
                : null;
        }

        return writer.LogicalType is not null && reader.LogicalType is not null && writer.LogicalType != reader.LogicalType
            ? $"{writer.LogicalType} cannot be read as {reader.LogicalType}"
            : null;
    }

    private TranscodeStep? CompileWriterUnion(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        incompatibility = null;
        var branches = new TranscodeStep[writer.Branches.Count];
        for (var i = 0; i < branches.Length; i++)
        {
            if (Compile(writer.Branches[i], reader, out incompatibility) is not { } branch) return null;
            branches[i] = branch;
        }

        return new WriterUnionStep(branches);
    }

    /// <summary>The same type is taken before one that it can be promoted to.</summary>
    private TranscodeStep? CompileReaderUnion(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        string? closest = null;
        foreach (var exactly in (bool[])[true, false])
        {
            for (var i = 0; i < reader.Branches.Count; i++)
            {
                var branch = reader.Branches[i];
                if ((branch.Type == writer.Type && (branch.Name is null || IsSameName(writer, branch))) != exactly) continue;
                if (Compile(writer, branch, out var reason) is { } value)
                {
                    incompatibility = null;
                    return new ReaderUnionStep(i, value);
                }

                if (exactly) closest ??= reason;
            }
        }

        incompatibility = closest ?? At($"{Describe(writer)} is no branch of {Describe(reader)}");
        return null;
    }

    private TranscodeStep? CompileRecord(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        incompatibility = null;
        if (_records.TryGetValue((writer, reader), out var known)) return known;
        if (!IsSameName(writer, reader))
        {
            incompatibility = At($"record {writer.Name} is not {reader.Name}");
            return null;
        }

        var step = new RecordStep();
        _records[(writer, reader)] = step;
        var fields = new RecordStep.ReaderField[reader.Fields.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            _path.Add(reader.Fields[i].Name);
            var made = CompileField(writer, reader.Fields[i], out fields[i], out incompatibility);
            _path.RemoveAt(_path.Count - 1);
            if (made) continue;
            // A step that was never completed must not serve another place of the schema.
            _records.Remove((writer, reader));
            return null;
        }

        step.Complete(writer, fields);
        return step;
    }

    private bool CompileField(AvroSchema writer, AvroField field, out RecordStep.ReaderField made, out string? incompatibility)
    {
        made = default;
        var index = IndexOf(writer, field.Name);
        for (var i = 0; index < 0 && i < field.Aliases.Count; i++) index = IndexOf(writer, field.Aliases[i]);
        if (index >= 0)
        {
            if (Compile(writer.Fields[index].Schema, field.Schema, out incompatibility) is not { } step) return false;
            made = new RecordStep.ReaderField(index, step, null);
            return true;
        }

        if (field.Default is not { } value)
        {
            incompatibility = At("the writer's schema has no such field and there is no default");
            return false;
        }

        if (DefaultValue.Encode(value, field.Schema) is not { } bytes)
        {
            incompatibility = At("the default does not fit the field's type");
            return false;
        }

        made = new RecordStep.ReaderField(-1, null, bytes);
        incompatibility = null;
        return true;
    }

    private static int IndexOf(AvroSchema record, string name)
    {
        for (var i = 0; i < record.Fields.Count; i++)
        {
            if (record.Fields[i].Name == name) return i;
        }

        return -1;
    }

    private EnumStep? CompileEnum(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        incompatibility = null;
        if (!IsSameName(writer, reader))
        {
            incompatibility = At($"enum {writer.Name} is not {reader.Name}");
            return null;
        }

        var symbols = new int[writer.Symbols.Count];
        var readerSymbols = reader.Symbols.ToList();
        for (var i = 0; i < symbols.Length; i++)
        {
            symbols[i] = readerSymbols.IndexOf(writer.Symbols[i]);
            if (symbols[i] < 0 && reader.EnumDefault is not null) symbols[i] = readerSymbols.IndexOf(reader.EnumDefault);
            if (symbols[i] >= 0) continue;
            incompatibility = At($"symbol {writer.Symbols[i]} of {writer.Name} is unknown and there is no default symbol");
            return null;
        }

        return new EnumStep(symbols);
    }

    private BlocksStep? CompileBlocks(AvroSchema writer, AvroSchema reader, out string? incompatibility)
    {
        var element = Compile(writer.Element!, reader.Element!, out incompatibility);
        return element is null ? null : new BlocksStep(writer.Type == AvroType.Map, element);
    }

    /// <summary>Unqualified names count, as in Avro's specification; the reader's aliases stand for the writer's name.</summary>
    private static bool IsSameName(AvroSchema writer, AvroSchema reader) =>
        writer.SimpleName == reader.SimpleName || reader.Aliases.Any(alias => alias == writer.Name || alias == writer.SimpleName);

    private static string Describe(AvroSchema schema) => schema.Type switch
    {
        AvroType.Union => "[" + string.Join(", ", schema.Branches.Select(Describe)) + "]",
        AvroType.Record or AvroType.Enum or AvroType.Fixed => $"{schema.Type.ToString().ToLowerInvariant()} {schema.Name}",
        _ => schema.Type.ToString().ToLowerInvariant(),
    };

    private string At(string reason) => _path.Count == 0 ? reason : $"{string.Join('.', _path)}: {reason}";
}
