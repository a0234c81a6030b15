using System.Text;

namespace Pipeline.Schemas.Resolution;

/// <summary>Avro's Parsing Canonical Form: two schemas with the same form read the same bytes. Source: Avro 1.12 specification.</summary>
internal static class CanonicalForm
{
    public static string Of(AvroSchema schema)
    {
        var text = new StringBuilder();
        Append(text, schema, []);
        return text.ToString();
    }

    private static void Append(StringBuilder text, AvroSchema schema, HashSet<string> defined)
    {
        if (schema.Name is not null && !defined.Add(schema.Name))
        {
            text.Append('"').Append(schema.Name).Append('"');
            return;
        }

        switch (schema.Type)
        {
            case AvroType.Record:
                text.Append("{\"name\":\"").Append(schema.Name).Append("\",\"type\":\"record\",\"fields\":[");
                AppendFields(text, schema, defined);
                text.Append("]}");
                break;
            case AvroType.Enum:
                text.Append("{\"name\":\"").Append(schema.Name).Append("\",\"type\":\"enum\",\"symbols\":[");
                text.AppendJoin(',', schema.Symbols.Select(symbol => $"\"{symbol}\"")).Append("]}");
                break;
            case AvroType.Fixed:
                text.Append("{\"name\":\"").Append(schema.Name).Append("\",\"type\":\"fixed\",\"size\":").Append(schema.Size).Append('}');
                break;
            case AvroType.Array or AvroType.Map:
                text.Append(schema.Type == AvroType.Array ? "{\"type\":\"array\",\"items\":" : "{\"type\":\"map\",\"values\":");
                Append(text, schema.Element!, defined);
                text.Append('}');
                break;
            case AvroType.Union:
                AppendBranches(text, schema, defined);
                break;
            default:
                text.Append('"').Append(schema.Type.ToString().ToLowerInvariant()).Append('"');
                break;
        }
    }

    private static void AppendFields(StringBuilder text, AvroSchema record, HashSet<string> defined)
    {
        for (var i = 0; i < record.Fields.Count; i++)
        {
            if (i > 0) text.Append(',');
            text.Append("{\"name\":\"").Append(record.Fields[i].Name).Append("\",\"type\":");
            Append(text, record.Fields[i].Schema, defined);
            text.Append('}');
        }
    }

    private static void AppendBranches(StringBuilder text, AvroSchema union, HashSet<string> defined)
    {
        text.Append('[');
        for (var i = 0; i < union.Branches.Count; i++)
        {
            if (i > 0) text.Append(',');
            Append(text, union.Branches[i], defined);
        }

        text.Append(']');
    }
}
