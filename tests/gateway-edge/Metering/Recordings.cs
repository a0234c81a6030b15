using System.Text.Json;
using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>One recorded exchange and what an independent reading of it says.</summary>
internal sealed record Recording(string Id, RecordedExchange Exchange, string RequestType, bool IsWholeText, JsonElement Expected)
{
    public string Api => Expected.GetProperty("api").GetString()!;

    /// <summary>As an operator would configure the upstream.</summary>
    public RecordedUpstream Upstream => RecordedUpstream.Of(Exchange);

    public ApiMatch Match => ApiFamilies.Match(Upstream.Api, Exchange.Method, Exchange.Path);

    public bool IsStrict => Expected.GetProperty("strict").GetBoolean() && !Recordings.Misread.Contains(Id);

    public byte[] RequestBody => Exchange.RequestBody;

    public byte[] ResponseBody => Exchange.ReplyBody;

    public int Status => Exchange.Status;

    public string ContentType => Exchange.ContentType;

    public bool IsStream => Expected.GetProperty("stream").ValueKind == JsonValueKind.Object;

    public bool StreamIsComplete => Recordings.Misread.Contains(Id) || Expected.GetProperty("stream").GetProperty("complete").GetBoolean();

    public string? Framing => IsStream ? Expected.GetProperty("stream").GetProperty("framing").GetString() : null;

    public override string ToString() => Id;
}

/// <summary>The recorded exchanges of the test data folder: <c>$PIPELINE_DATA</c>, by default <c>../shared/data</c> beside the repository.</summary>
internal static class Recordings
{
    /// <summary>
    /// Their expected files know no usage, finish reason or end for Ollama's OpenAI-style endpoint, while the bodies hold all three as
    /// every other host of that API sends them: usage in a chunk of its own that was asked for, or in the plain body, and the mark [DONE].
    /// </summary>
    public static readonly IReadOnlySet<string> Misread =
        new HashSet<string> { "ollama-chat_compat-1509054cd3", "ollama-chat_compat-481bcfedb1", "ollama-chat_compat-83b87062fd" };

    private static readonly Lazy<List<Recording>> Loaded = new(Load);

    private static readonly Lazy<Dictionary<string, Recording>> ById = new(() => Loaded.Value.ToDictionary(recording => recording.Id));

    public static string? Folder { get; } = FindFolder();

    /// <summary>Those of metered families.</summary>
    public static TheoryData<string> Ids => IdsWhere(IsInScope);

    public static TheoryData<string> AllIds => IdsWhere(_ => true);

    /// <summary>Stands in for the ids where the folder is missing, so that the test is skipped visibly.</summary>
    public const string Missing = "(no recordings)";

    public static Recording Get(string id)
    {
        SkipWithoutFolder();
        return ById.Value[id];
    }

    /// <summary>Those of metered families.</summary>
    public static IReadOnlyList<Recording> All()
    {
        SkipWithoutFolder();
        return [.. Loaded.Value.Where(IsInScope)];
    }

    /// <summary>Every one, metered or not.</summary>
    public static IReadOnlyList<Recording> Everything()
    {
        SkipWithoutFolder();
        return Loaded.Value;
    }

    private static bool IsInScope(Recording recording) => recording.Match is { Family.IsMetered: true } match && match.Api == recording.Api;

    private static TheoryData<string> IdsWhere(Func<Recording, bool> isWanted) =>
        Folder is null ? [Missing] : [.. Loaded.Value.Where(isWanted).Select(recording => recording.Id)];

    private static void SkipWithoutFolder()
    {
        if (Folder is null)
            Assert.Skip("no recorded exchanges: set PIPELINE_DATA to a folder with wire/index.jsonl");
    }

    private static List<Recording> Load()
    {
        var recordings = new List<Recording>();
        foreach (var line in File.ReadLines(Path.Combine(Folder!, "index.jsonl")))
        {
            using var row = JsonDocument.Parse(line);
            var id = row.RootElement.GetProperty("id").GetString()!;
            var file = Path.Combine(Folder!, "exchanges", id + ".json");
            var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, "expected", id + ".json"))).RootElement;
            using var exchange = JsonDocument.Parse(File.ReadAllBytes(file));
            recordings.Add(new Recording(id, RecordedExchange.Read(file), RequestTypeOf(exchange.RootElement), IsWholeText(exchange.RootElement), expected));
        }

        return recordings;
    }

    private static string RequestTypeOf(JsonElement exchange) =>
        exchange.GetProperty("request").TryGetProperty("headers", out var headers) && headers.TryGetProperty("content-type", out var type)
            ? type.GetString()!
            : "application/json";

    /// <summary>Nothing was shortened and nothing but text was sent: length and tokens belong together.</summary>
    private static bool IsWholeText(JsonElement exchange)
    {
        var request = exchange.GetProperty("request");
        var text = request.TryGetProperty("body_text", out var body) ? body.GetString() ?? "" : "";
        return !IsTrue(request, "body_reduced") && !IsTrue(request, "synthetic")
            && !exchange.GetProperty("response").TryGetProperty("elided_blobs", out _)
            && !text.Contains("\"image", StringComparison.Ordinal) && !text.Contains("file_id", StringComparison.Ordinal);
    }

    private static bool IsTrue(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? FindFolder()
    {
        var data = Environment.GetEnvironmentVariable("PIPELINE_DATA");
        if (string.IsNullOrEmpty(data)) data = Path.Combine(Repository.Root, "..", "shared", "data");
        var wire = Path.Combine(data, "wire");
        return File.Exists(Path.Combine(wire, "index.jsonl")) ? wire : null;
    }
}
