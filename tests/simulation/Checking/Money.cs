using System.Globalization;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>The aggregates' sums, money and carbon to the last digit, beside those of the events, per minute and what both are told apart by.</summary>
internal static class Money
{
    private const string Equation = "money of aggregates = money of events";

    /// <summary>Impacts are summed in steps of 1e-15, each event's rounded once.</summary>
    private static decimal Rounded(double? figure) =>
        figure is { } known ? decimal.Parse(known.ToString("F15", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : 0;

    private readonly record struct Place(DateTimeOffset Minute, string? Model, string? Team, string? User, string Currency, CostStatus Status);

    private readonly record struct Sums(long Calls, long Input, long Output, decimal List, decimal Net, decimal Gwp)
    {
        public static Sums operator +(Sums one, Sums other) =>
            new(one.Calls + other.Calls, one.Input + other.Input, one.Output + other.Output, one.List + other.List, one.Net + other.Net, one.Gwp + other.Gwp);
    }

    public static DateTimeOffset MinuteOf(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);

    public static void Check(SimulatedWorld world, List<LlmUsage> usage)
    {
        var expected = new Dictionary<Place, Sums>();
        foreach (var one in usage.GroupBy(static one => one.EventId).Select(static revisions => revisions.MaxBy(static one => one.Revision)!))
        {
            if (one.Cost.NetTotal is { } net && net != one.Cost.LineItems.Sum(static line => line.NetAmount)) throw new ViolationException("a total is the sum of its rounded line items", one.EventId.ToString());
            var place = new Place(MinuteOf(one.EventTime), one.ResponseModel ?? one.RequestModel, one.Attribution.Team, one.Attribution.User, one.Cost.Currency, one.Cost.Status);
            expected[place] = expected.GetValueOrDefault(place)
                + new Sums(1, IsRepeat(one) ? 0 : one.Usage?.InputTotal ?? 0, IsRepeat(one) ? 0 : one.Usage?.OutputTotal ?? 0, one.Cost.ListTotal ?? 0, one.Cost.NetTotal ?? 0, Rounded(one.Impact?.Gwp?.Max));
        }

        var found = new Dictionary<Place, Sums>();
        foreach (var (_, one) in TopicContents.Of<UsageAggregate>(world.Cluster, Topics.Aggregates))
        {
            var place = new Place(one.Minute, one.ResponseModel, one.Team, one.User, one.Currency, one.CostStatus);
            found[place] = found.GetValueOrDefault(place) + new Sums(one.Calls, one.InputTotal, one.OutputTotal, one.ListTotal, one.NetTotal, one.GwpMax);
        }

        var wrong = expected.Keys.Union(found.Keys).Where(place => expected.GetValueOrDefault(place) != found.GetValueOrDefault(place))
            .Select(place => $"{place}: events {expected.GetValueOrDefault(place)}, aggregates {found.GetValueOrDefault(place)}").ToList();
        if (wrong.Count > 0) throw new ViolationException(Equation, TopicContents.Some(wrong));
    }

    /// <summary>The tokens of an answer that is read again are its own call's.</summary>
    private static bool IsRepeat(LlmUsage usage) => usage.Cost.Status == CostStatus.AlreadyBooked || usage is { Operation: "retrieve", Background: false };
}
