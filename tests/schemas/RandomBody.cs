using System.Text;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Resolution;

namespace Pipeline.Schemas.Tests;

/// <summary>Bodies of any schema from a seed, in the form that our writer gives them: maps in order, one block, shortest decimals.</summary>
internal sealed class RandomBody(int seed, Fill fill = Fill.Random)
{
    // avsc holds longs in doubles, in their zigzag form.
    private const long MaxSafeLong = 1L << 51;
    private static readonly string[] Words = ["", "gpt-5", "team-α", "a b", "Ωmega", new('x', 128), "日本", "😀"];

    private readonly Random _random = new(seed);

    public byte[] Of(string schemaJson)
    {
        var schema = SchemaParser.Parse(schemaJson, out var error) ?? throw new InvalidOperationException(error);
        using var writer = new AvroWriter();
        Write(writer, schema);
        return writer.WrittenSpan.ToArray();
    }

    private void Write(AvroWriter writer, AvroSchema schema)
    {
        switch (schema)
        {
            case { Type: AvroType.Union }:
                var branch = fill switch { Fill.Minimal => 0, Fill.Full => schema.Branches.Count - 1, _ => _random.Next(schema.Branches.Count) };
                writer.WriteInt(branch);
                Write(writer, schema.Branches[branch]);
                break;
            case { Type: AvroType.Record }:
                foreach (var field in schema.Fields) Write(writer, field.Schema);
                break;
            case { Type: AvroType.Array or AvroType.Map }:
                WriteItems(writer, schema);
                break;
            case { Type: AvroType.Enum }:
                writer.WriteInt(_random.Next(schema.Symbols.Count));
                break;
            case { LogicalType: "uuid" }:
                Span<byte> id = stackalloc byte[16];
                _random.NextBytes(id);
                writer.WriteUuid(new Guid(id));
                break;
            case { LogicalType: "decimal" }:
                writer.WriteDecimal(RandomDecimal(schema.Scale), schema.Precision, schema.Scale);
                break;
            case { LogicalType: "timestamp-micros" }:
                writer.WriteLong(_random.NextInt64(0, 4_000_000_000_000_000));
                break;
            default:
                WritePrimitive(writer, schema);
                break;
        }
    }

    private decimal RandomDecimal(int scale)
    {
        var unscaled = _random.NextInt64(-MaxSafeLong, MaxSafeLong) >> _random.Next(51);
        return unscaled * new decimal(1, 0, 0, false, (byte)scale);
    }

    private void WriteItems(AvroWriter writer, AvroSchema schema)
    {
        var count = fill switch { Fill.Minimal => 0, Fill.Full => 3, _ => _random.Next(4) };
        if (count > 0) writer.WriteInt(count);
        for (var i = 0; i < count; i++)
        {
            if (schema.Type == AvroType.Map) writer.WriteString($"k{i}_{_random.Next(9)}");
            Write(writer, schema.Element!);
        }

        writer.WriteInt(0);
    }

    private void WritePrimitive(AvroWriter writer, AvroSchema schema)
    {
        switch (schema.Type)
        {
            case AvroType.Boolean:
                writer.WriteBoolean(_random.Next(2) == 1);
                break;
            case AvroType.Int:
                writer.WriteInt(_random.Next(int.MinValue, int.MaxValue));
                break;
            case AvroType.Long:
                writer.WriteLong(_random.NextInt64(-MaxSafeLong, MaxSafeLong) >> _random.Next(51));
                break;
            case AvroType.Float:
                writer.WriteFloat(_random.NextSingle());
                break;
            case AvroType.Double:
                writer.WriteDouble(_random.NextDouble() * Math.Pow(10, _random.Next(-9, 9)));
                break;
            case AvroType.String:
                writer.WriteString(Words[_random.Next(Words.Length)]);
                break;
            case AvroType.Bytes:
                writer.WriteBytes(Encoding.UTF8.GetBytes(Words[_random.Next(Words.Length)]));
                break;
            case AvroType.Fixed:
                var bytes = new byte[schema.Size];
                _random.NextBytes(bytes);
                writer.WriteRaw(bytes);
                break;
        }
    }
}

/// <summary>Minimal: nulls and empty lists. Full: every optional value there, three items each.</summary>
internal enum Fill { Random, Minimal, Full }
