using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Schemas.Resolution;

namespace Pipeline.Runtime.Registry;

/// <summary>
/// The registry of the embedded log: a JSON file of (id, subject, schema) beside it, replaced as a whole by renaming, so
/// that a crash leaves the old or the new one. For one process: the log's own lock keeps others out.
/// </summary>
public sealed partial class FileSchemaRegistry : ISchemaRegistry
{
    private readonly string? _file;
    private readonly Lock _gate = new();
    private List<Entry> _entries = [];

    /// <param name="file">Null keeps everything in memory, for simulation and tests.</param>
    /// <exception cref="InvalidDataException">The file is not what this class writes.</exception>
    public FileSchemaRegistry(string? file)
    {
        _file = file;
        if (file is null || !File.Exists(file)) return;
        try
        {
            _entries = JsonSerializer.Deserialize(File.ReadAllBytes(file), FileFormat.Default.ListEntry) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"schema file '{file}' is damaged at line {error.LineNumber + 1}; restore it, since the log's records name its ids", error);
        }
    }

    public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop)
    {
        lock (_gate)
        {
            if (Find(subject, schemaJson) is { } known) return RegistryAnswer<int>.Ok(known.Id);
            var latest = _entries.LastOrDefault(entry => entry.Subject == subject);
            if (latest is not null && !SchemaTranscoder.TryCompile(latest.Schema, schemaJson, out _, out var reason))
                return RegistryAnswer<int>.Failed(RegistryOutcome.Refused,
                    $"schema file: registering the schema of {subject}: refused: {reason}; keep the schema compatible with version {latest.Id}");

            // One schema has one id under all subjects, as in a registry server.
            var id = _entries.Find(entry => entry.Schema == schemaJson)?.Id ?? _entries.Select(static entry => entry.Id).DefaultIfEmpty(0).Max() + 1;
            List<Entry> entries = [.. _entries, new Entry(id, subject, schemaJson)];
            if (_file is not null) Save(_file, entries);
            _entries = entries;
            return RegistryAnswer<int>.Ok(id);
        }
    }

    public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop)
    {
        lock (_gate)
            return Find(subject, schemaJson) is { } known
                ? RegistryAnswer<int>.Ok(known.Id)
                : RegistryAnswer<int>.Failed(RegistryOutcome.NotFound, $"schema file: no such schema of {subject}; set Registry:Register to true");
    }

    public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop)
    {
        lock (_gate)
            return _entries.Find(entry => entry.Id == id) is { } known
                ? RegistryAnswer<string>.Ok(known.Schema)
                : RegistryAnswer<string>.Failed(RegistryOutcome.NotFound, $"schema file: no schema {id}");
    }

    private Entry? Find(string subject, string schemaJson) => _entries.Find(entry => entry.Subject == subject && entry.Schema == schemaJson);

    private static void Save(string file, List<Entry> entries)
    {
        var next = file + ".next";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, entries, FileFormat.Default.ListEntry);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
    }

    internal sealed record Entry(int Id, string Subject, string Schema);

    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(List<Entry>))]
    private sealed partial class FileFormat : JsonSerializerContext;
}
