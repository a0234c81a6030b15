using System.Text.Json;

namespace Pipeline.Schemas;

/// <summary>One schema file of this assembly.</summary>
/// <param name="Subject">Registry subject: the file's name.</param>
/// <param name="Topic">The subject without `-value`.</param>
/// <param name="Json">The schema without line breaks, as it is registered.</param>
/// <param name="Fingerprint">CRC-64-AVRO of the Parsing Canonical Form.</param>
public sealed record SchemaFile(string Subject, string Topic, string Json, ulong Fingerprint)
{
    internal static string Load(string subject)
    {
        using var stream = typeof(SchemaFile).Assembly.GetManifestResourceStream(subject + ".avsc")
            ?? throw new InvalidOperationException($"The assembly holds no schema file {subject}.avsc.");
        using var document = JsonDocument.Parse(stream);
        return JsonSerializer.Serialize(document.RootElement);
    }
}
