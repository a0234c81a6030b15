using System.Text.Json;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>
/// Nothing lost and nothing doubled, as sets of event ids: complete calls are among the raw events, raw = enriched = documents, no dead
/// letters, and the money and tokens of the aggregates are those of the events to the last digit, for each team and model.
/// </summary>
public sealed record Conservation(IReadOnlyList<LLMUsageAudit> Raw, IReadOnlyList<LlmUsage> Usage, IReadOnlyList<UsageAggregate> Aggregates)
{
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(150);

    /// <summary>Waits until everything has arrived, then checks it.</summary>
    /// <param name="complete">Event ids of the calls that their callers saw complete.</param>
    /// <param name="maxBroken">Attempts beyond them that a dying gateway may have broken off.</param>
    public static async Task<Conservation> HoldsAsync(RunningPipeline pipeline, IReadOnlyCollection<string> complete, int maxBroken)
    {
        await CatchesUpAsync(pipeline, complete);
        using var documents = new Documents(pipeline.Servers.Elasticsearch, pipeline.RunId);
        await Until.TrueAsync(async () => await documents.CountAsync() == pipeline.Topics.Raw().Count, ArrivalLimit, () => Counts(pipeline, documents, complete.Count));
        var found = Of(pipeline.Topics, complete, maxBroken);
        found.CheckDocuments(await documents.AllAsync());
        return found;
    }

    /// <summary>Checks what is in the topics now.</summary>
    public static Conservation Of(TopicContents topics, IReadOnlyCollection<string> complete, int maxBroken)
    {
        var found = new Conservation(topics.Raw(), topics.Usage(), topics.Aggregates());
        found.CheckSets(complete, maxBroken);
        found.CheckSums();
        Assert.Empty(topics.DeadLetters().Select(static record => $"{record.Source}@{record.Offset}"));
        return found;
    }

    /// <summary>Waits until as many documents are there as calls are complete now.</summary>
    public static async Task CatchesUpAsync(RunningPipeline pipeline, IReadOnlyCollection<string> complete)
    {
        var wanted = complete.Count;
        using var documents = new Documents(pipeline.Servers.Elasticsearch, pipeline.RunId);
        await Until.TrueAsync(async () => await documents.CountAsync() >= wanted, ArrivalLimit, () => Counts(pipeline, documents, wanted));
    }

    private static string Counts(RunningPipeline pipeline, Documents documents, int complete) =>
        $"{complete} complete calls, {pipeline.Topics.Raw().Count} raw events, {pipeline.Topics.Usage().Count} enriched, {documents.CountAsync().Result} documents\n{pipeline.Account}";

    private void CheckSets(IReadOnlyCollection<string> complete, int maxBroken)
    {
        var raw = Raw.Select(static e => e.EventId.ToString()).Order().ToList();
        Assert.Equal(raw.Distinct(), raw);
        Assert.Equal(raw, Usage.Select(static e => e.EventId.ToString()).Order());
        Assert.Empty(complete.Except(raw));
        var broken = raw.Except(complete).ToList();
        Assert.True(broken.Count <= maxBroken, $"{broken.Count} events beyond the {complete.Count} complete calls, at most {maxBroken} were in flight");
    }

    private void CheckDocuments(Dictionary<string, JsonElement> documents)
    {
        Assert.Equal(Usage.Select(static e => e.EventId.ToString()).Order(), documents.Keys.Order());
        Assert.All(Usage, e => Assert.Equal(e.Cost.ListTotal, documents[e.EventId.ToString()].Money("llm.cost.list_total_decimal")));
    }

    private void CheckSums()
    {
        var ofEvents = Usage.GroupBy(static e => (e.Attribution.Team, Model: e.ResponseModel ?? e.RequestModel)).ToDictionary(static g => g.Key, static g => new Sums(
            g.Count(), g.Sum(static e => e.Cost.ListTotal ?? 0m), g.Sum(static e => e.Cost.NetTotal ?? 0m), g.Sum(static e => e.Usage?.InputTotal ?? 0), g.Sum(static e => e.Usage?.OutputTotal ?? 0)));
        var ofAggregates = Aggregates.GroupBy(static a => (a.Team, Model: a.ResponseModel)).ToDictionary(static g => g.Key, static g => new Sums(
            g.Sum(static a => a.Calls), g.Sum(static a => a.ListTotal), g.Sum(static a => a.NetTotal), g.Sum(static a => a.InputTotal), g.Sum(static a => a.OutputTotal)));
        Assert.Equal(ofEvents.OrderBy(static one => one.Key), ofAggregates.OrderBy(static one => one.Key));
        Assert.True(ofEvents.Values.Sum(static sums => sums.ListTotal) > 0);
    }

    private sealed record Sums(long Calls, decimal ListTotal, decimal NetTotal, long InputTokens, long OutputTokens);
}
