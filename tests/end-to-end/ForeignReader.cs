using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pipeline.EndToEnd.Clients;
using Xunit;

namespace Pipeline.EndToEnd;

/// <summary>Reads llm-usage with kafkajs and avsc, so that no code of ours stands between the topic and the comparison.</summary>
public static class ForeignReader
{
    public static async Task ReadsTheSameAsync(ServerAddresses servers, string runId, IReadOnlyDictionary<string, JsonElement> documents)
    {
        var modules = NodeModules.With("kafkajs", "avsc", "lz4js");
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "node", "read-usage.js"),
            servers.Kafka, servers.Registry, "llm-usage", runId, documents.Count.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = modules;
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var lines = (await node.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);

        var records = lines.Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(r => r.GetProperty("event_id").GetString()!);
        Assert.Equal(documents.Keys.Order(), records.Keys.Order());
        foreach (var (id, record) in records)
        {
            var document = documents[id];
            Assert.Equal(id, record.GetProperty("key").GetString());
            Assert.Equal(document.Text("llm.cost.status"), record.GetProperty("status").GetString());
            Assert.Equal(document.Text("gen_ai.request.model"), record.GetProperty("request_model").GetString());
            Assert.Equal(document.Money("llm.cost.list_total_decimal"), Decimal(record.GetProperty("list_total")));
            Assert.Equal(document.Count("llm.usage.input_total"), record.GetProperty("input_total") is { ValueKind: JsonValueKind.Number } n ? n.GetInt64() : null);
        }
    }

    private static decimal? Decimal(JsonElement text) =>
        text.GetString() is { } digits ? decimal.Parse(digits, CultureInfo.InvariantCulture) : null;
}
