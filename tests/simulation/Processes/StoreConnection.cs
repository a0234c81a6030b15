using Pipeline.EsSink.Indexing;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>One sink's way to the store: requests and answers are lost, late, throttled or refused on it.</summary>
internal sealed class StoreConnection(SimulatedWorld world, string name, Incarnation incarnation) : IDocumentStore
{
    public CreateIndexReply CreateIndex(string index, CancellationToken stop)
    {
        incarnation.Touch("create index");
        if (IsTroubled()) return new CreateIndexReply(false, "HTTP 503");
        world.Store.Create(index);
        incarnation.Touch("index created");
        return IsTroubled() ? new CreateIndexReply(false, "timeout") : CreateIndexReply.Ok;
    }

    public BulkReply Write(BulkRequest request, CancellationToken stop)
    {
        incarnation.Touch("bulk");
        var isTroubled = IsTroubled();
        var trouble = isTroubled ? world.Chance.Below(5) : -1;
        world.Trace?.Add($"{name}: bulk of {request.Items.Count}{(isTroubled ? ", trouble " + trouble : "")}");
        switch (trouble)
        {
            case 0: return BulkReply.Failed(RequestVerdict.Retry, "HTTP 503");
            case 1:
                world.Note(Happening.StoreThrottled);
                return BulkReply.Failed(RequestVerdict.Throttled, "HTTP 429");
            case 2 when request.Items.Count > 1: return BulkReply.Failed(RequestVerdict.TooLarge, "HTTP 413");
        }

        var replies = new ItemReply[request.Items.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            var isItemTroubled = isTroubled && world.Chance.Hits(0.5);
            replies[i] = isItemTroubled
                ? new ItemReply(world.Chance.Of([ItemVerdict.Retry, ItemVerdict.Throttled]), "es_rejected_execution_exception")
                : Put(request.Items[i]);
        }

        incarnation.Touch("bulk answer");
        if (trouble != 3) return BulkReply.Answered(replies);
        world.Note(Happening.StoreAnswerLost);
        return BulkReply.Failed(RequestVerdict.Retry, "timeout");
    }

    private ItemReply Put(in BulkItem item)
    {
        var reply = world.Store.Put(item);
        switch (reply.Verdict)
        {
            case ItemVerdict.AlreadyThere: world.Note(Happening.AlreadyThere); break;
            case ItemVerdict.Refused: world.Note(Happening.DocumentRefused); break;
            case ItemVerdict.IndexMissing: world.Note(Happening.IndexMissing); break;
        }

        return reply;
    }

    private bool IsTroubled() => world.HasFaults && world.Chance.Hits(world.Plan.StoreTrouble);
}
