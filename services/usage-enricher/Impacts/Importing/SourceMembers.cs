using System.Text.Json;

namespace Pipeline.UsageEnricher.Impacts.Importing;

/// <summary>Carries members of the source over, figures as they are written there.</summary>
internal static class SourceMembers
{
    /// <summary>A missing member and null are both left out.</summary>
    public static void Copy(Utf8JsonWriter json, JsonElement from, string member, string name)
    {
        if (!from.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return;
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    /// <summary>An empty list is left out as well.</summary>
    public static void CopyList(Utf8JsonWriter json, JsonElement from, string member)
    {
        if (from.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0) return;
        Copy(json, from, member, member);
    }

    public static void RefuseUnknown(JsonElement json, params IReadOnlyList<string> known)
    {
        foreach (var member in json.EnumerateObject())
            if (!known.Contains(member.Name))
                throw new FormatException($"unknown member {member.Name}");
    }
}
