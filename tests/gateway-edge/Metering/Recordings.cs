using System.Text;
using System.Text.Json;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>One recorded exchange and what an independent reading of it says.</summary>
internal sealed record Recording(string Id, JsonElement Request, JsonElement Response, JsonElement Expected)
{
    public string Api => Expected.GetProperty("api").GetString()!;

    public bool IsStrict => Expected.GetProperty("strict").GetBoolean();

    public byte[] RequestBody => Encoding.UTF8.GetBytes(Request.TryGetProperty("body_text", out var text) ? text.GetString() ?? "" : "");

    public byte[] ResponseBody => Encoding.UTF8.GetBytes(Response.GetProperty("body_text").GetString() ?? "");

    public int Status => Response.GetProperty("status").GetInt32();

    public string ContentType => Response.GetProperty("content_type").GetString() ?? "";

    public bool IsStream => Expected.GetProperty("stream").ValueKind == JsonValueKind.Object;

    public bool StreamIsComplete => Expected.GetProperty("stream").GetProperty("complete").GetBoolean();

    public override string ToString() => Id;
}

/// <summary>The recorded exchanges of the test data folder: <c>$PIPELINE_DATA</c>, by default <c>../shared/data</c> beside the repository.</summary>
internal static class Recordings
{
    private static readonly HashSet<string> Apis =
    [
        "openai.chat", "openai.responses", "openai.embeddings", "anthropic.messages", "google.generateContent", "google.streamGenerateContent",
    ];

    private static readonly Lazy<List<Recording>> Loaded = new(Load);

    public static string? Folder { get; } = FindFolder();

    public static TheoryData<string> Ids
    {
        get
        {
            var ids = new TheoryData<string>();
            foreach (var recording in Folder is null ? [] : Loaded.Value)
                ids.Add(recording.Id);
            if (Folder is null)
                ids.Add(Missing);
            return ids;
        }
    }

    /// <summary>Stands in for the ids where the folder is missing, so that the test is skipped visibly.</summary>
    public const string Missing = "(no recordings)";

    public static Recording Get(string id)
    {
        if (id == Missing)
            Assert.Skip("no recorded exchanges: set PIPELINE_DATA to a folder with wire/index.jsonl");
        return Loaded.Value.Single(recording => recording.Id == id);
    }

    public static IReadOnlyList<Recording> All()
    {
        if (Folder is null)
            Assert.Skip("no recorded exchanges: set PIPELINE_DATA to a folder with wire/index.jsonl");
        return Loaded.Value;
    }

    private static List<Recording> Load()
    {
        var recordings = new List<Recording>();
        foreach (var line in File.ReadLines(Path.Combine(Folder!, "index.jsonl")))
        {
            var row = JsonDocument.Parse(line).RootElement;
            if (!Apis.Contains(row.GetProperty("api").GetString()!))
                continue;

            var id = row.GetProperty("id").GetString()!;
            var exchange = Parse("exchanges", id);
            recordings.Add(new Recording(id, exchange.GetProperty("request"), exchange.GetProperty("response"), Parse("expected", id)));
        }

        return recordings;
    }

    private static JsonElement Parse(string folder, string id) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, folder, id + ".json"))).RootElement;

    private static string? FindFolder()
    {
        var data = Environment.GetEnvironmentVariable("PIPELINE_DATA");
        if (string.IsNullOrEmpty(data)) data = Path.Combine(Repository.Root, "..", "shared", "data");
        var wire = Path.Combine(data, "wire");
        return File.Exists(Path.Combine(wire, "index.jsonl")) ? wire : null;
    }
}
