using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Repricing;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>Every response that can be read again is charged with one event, whoever read it and how often; revisions follow each other and change something.</summary>
internal static class Bookings
{
    private const string Equation = "a background response is charged once";
    private const string Sequence = "revisions of an event are 1, 2, 3 …, each with other figures";

    /// <param name="usage">All revisions.</param>
    public static void Check(SimulatedWorld world, List<LlmUsage> usage)
    {
        foreach (var one in usage.GroupBy(static one => one.EventId)) CheckRevisions([.. one.OrderBy(static revision => revision.Revision)]);
        var latest = usage.GroupBy(static one => one.EventId).Select(static revisions => revisions.MaxBy(static one => one.Revision)!).ToList();
        foreach (var one in latest.Where(static one => !BackgroundCall.IsBookable(one) && one.Cost.Status == CostStatus.AlreadyBooked))
            throw new ViolationException(Equation, $"{one.EventId} is no answer that can be read again, but is marked as one");

        var booked = TopicContents.Of<BookedResponse>(world.Cluster, Topics.BookedResponses).ConvertAll(static one => one.Value);
        TopicContents.RequireEqual(Equation, booked.Where(static one => one.EventId is not null).Select(static one => (one.Response, one.EventId!.Value)),
            latest.Where(static one => BackgroundCall.IsBookable(one) && one.Cost.Status != CostStatus.AlreadyBooked).Select(static one => (BackgroundCall.ResponseOf(one), one.EventId)));
        foreach (var response in latest.Where(BackgroundCall.IsBookable).GroupBy(BackgroundCall.ResponseOf))
        {
            var charged = response.Count(static one => one.Cost.Status != CostStatus.AlreadyBooked);
            if (charged != 1) throw new ViolationException(Equation, $"{response.Key} was read {response.Count()} times and charged {charged} times");
            if (response.Any(static one => one.Cost.Status == CostStatus.AlreadyBooked && one.Cost is not { NetTotal: 0, ListTotal: 0 })) throw new ViolationException(Equation, $"a repeat of {response.Key} costs something");
            if (response.Count() > 1) world.Note(Happening.ReadAgain);
        }

        if (TopicContents.DeadLetters(world.Cluster, Topics.UsageBackground) is { Count: > 0 } dead) throw new ViolationException("no dead letters at the booking", TopicContents.Some(dead));
    }

    private static void CheckRevisions(LlmUsage[] revisions)
    {
        for (var i = 0; i < revisions.Length; i++)
        {
            if (revisions[i].Revision != i + 1) throw new ViolationException(Sequence, $"{revisions[i].EventId} has revision {revisions[i].Revision} in place {i + 1}");
            if (i > 0 && CostFigures.AreEqual(revisions[i - 1].Cost, revisions[i].Cost)) throw new ViolationException(Sequence, $"{revisions[i].EventId}, revision {i + 1} changes nothing");
        }
    }
}
