using System.Globalization;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>One distinct alert for each crossing, found by adding the deltas up again in the order of their partition; none twice.</summary>
internal static class Alerts
{
    private const string Equation = "one distinct alert per crossing";

    private readonly record struct Told(BudgetPlace Place, int Threshold, decimal Limit, int Ordinal, AlertKind Kind)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Kind} {Threshold} % of {Limit} for {Place.Budget} {Place.Per} of {Place.PeriodStart:yyyy-MM-dd HH:mm}, crossing {Ordinal}");
    }

    private sealed class Account(BudgetPlace place, DateTimeOffset end)
    {
        public BudgetPlace Place => place;
        public DateTimeOffset End => end;
        public Spending Spent { get; set; }
        public Dictionary<int, (int Ordinal, bool IsActive)> Crossings { get; } = [];
    }

    public static void Check(SimulatedWorld world)
    {
        var alerts = TopicContents.Of<BudgetAlert>(world.Cluster, Topics.BudgetAlerts).ConvertAll(static one => one.Value);
        TopicContents.Distinct(Equation, alerts.Select(static alert => alert.AlertId));
        CheckDelivered(world);
        var told = alerts.ConvertAll(static alert => new Told(
            new BudgetPlace(alert.Budget, BudgetModel.PerOf(alert.Per), alert.PeriodStart), alert.ThresholdPercent, alert.Limit, alert.CrossingOrdinal, alert.Kind));

        var expected = new List<Told>();
        var accounts = world.Cluster.Topic(Topics.BudgetSpend)?.Partitions.SelectMany(partition => Replay(partition.Records(), world, expected)).ToList() ?? [];
        TopicContents.RequireEqual(Equation, expected.Where(one => IsSteady(one.Place.Budget, world)), told.Where(one => IsSteady(one.Place.Budget, world)));
        var states = BudgetSums.StateOf(world);
        foreach (var account in accounts)
            if (!IsSteady(account.Place.Budget, world)) CheckChanged(account, states[account.Place].Crossings, told, world);
    }

    /// <summary>Every alert has arrived or is a dead letter, at each of its receivers; none arrived that was never committed.</summary>
    private static void CheckDelivered(SimulatedWorld world)
    {
        const string Equation = "alerts = arrived + dead at the alerter";
        var dead = TopicContents.DeadLetters(world.Cluster, Topics.BudgetAlerts).Select(static one => (one.Partition, one.Offset)).ToList();
        TopicContents.Distinct(Equation, dead);
        var sent = new HashSet<(Guid, string)>();
        foreach (var (record, alert) in TopicContents.Of<BudgetAlert>(world.Cluster, Topics.BudgetAlerts))
        {
            var isDead = dead.Contains((record.Source, record.Offset));
            if (isDead) world.Note(Happening.AlertDead);
            foreach (var webhook in alert.Webhooks)
            {
                sent.Add((alert.AlertId, webhook));
                if (!isDead && !world.Receivers.Arrived.Contains((alert.AlertId, webhook))) throw new ViolationException(Equation, $"{alert.AlertId} did not arrive at {webhook}");
            }
        }

        var strange = world.Receivers.Arrived.Where(one => !sent.Contains(one)).ToList();
        if (strange.Count > 0) throw new ViolationException(Equation, $"never committed: {TopicContents.Some(strange)}");
    }

    /// <summary>What a budget told depends on its deltas alone: nobody changed it.</summary>
    private static bool IsSteady(string budget, SimulatedWorld world) =>
        !world.Budgets.IsChanged || budget is not (BudgetFile.ChangedLimit or BudgetFile.ComesAndGoes);

    private static IEnumerable<Account> Replay(IEnumerable<LogRecord> records, SimulatedWorld world, List<Told> expected)
    {
        var accounts = new Dictionary<BudgetPlace, Account>();
        var time = DateTimeOffset.MinValue;
        foreach (var record in records)
        {
            var delta = TopicContents.Read<BudgetSpend>(record)!;
            if (record.AppendedAt > time) time = record.AppendedAt;
            var place = new BudgetPlace(delta.Budget, BudgetModel.PerOf(delta.Per), delta.PeriodStart);
            if (!accounts.TryGetValue(place, out var account)) accounts[place] = account = new Account(place, delta.PeriodEnd);
            account.Spent += Spending.Of(delta.Delta);
            Judge(account, world, expected);
        }

        foreach (var account in accounts.Values)
        {
            if (account.Crossings.Count == 0 || account.End > time) continue;
            var (_, limit, _) = BudgetModel.RulesOf(account.Place.Budget, world.Budgets);
            expected.Add(new Told(account.Place, 0, limit, 1, AlertKind.PeriodReset));
        }

        return accounts.Values;
    }

    private static void Judge(Account account, SimulatedWorld world, List<Told> expected)
    {
        var (unit, limit, thresholds) = BudgetModel.RulesOf(account.Place.Budget, world.Budgets);
        foreach (var threshold in thresholds)
        {
            var isPassed = account.Spent.In(unit) * 100 >= limit * threshold;
            if (isPassed && unit == BudgetUnit.Kgco2e) world.Note(Happening.CarbonBudgetCrossed);
            var (ordinal, isActive) = account.Crossings.GetValueOrDefault(threshold);
            if (isPassed == isActive) continue;
            if (isPassed && ++ordinal > 1) world.Note(Happening.ThresholdCrossedAgain);
            account.Crossings[threshold] = (ordinal, isPassed);
            expected.Add(new Told(account.Place, threshold, limit, ordinal, isPassed ? AlertKind.Fired : AlertKind.Resolved));
        }
    }

    /// <summary>
    /// A budget that was changed on the way: each limit's crossings are told from the first to the last, and in the end those are active
    /// that the last limit and the whole spend ask for.
    /// </summary>
    private static void CheckChanged(Account account, IReadOnlyList<Crossing> crossings, List<Told> told, SimulatedWorld world)
    {
        var fired = told.Where(one => one.Place == account.Place && one.Kind == AlertKind.Fired).Select(static one => (one.Threshold, one.Limit, one.Ordinal));
        var kept = crossings.SelectMany(static one => Enumerable.Range(1, one.Ordinal).Select(ordinal => (one.ThresholdPercent, one.Limit, ordinal)));
        TopicContents.RequireEqual(Equation, kept, fired);

        // A period that has ended keeps the limit that it ended with, which may be an earlier one.
        if (account.End <= world.Time.Now) return;
        var (unit, limit, thresholds) = BudgetModel.RulesOf(account.Place.Budget, world.Budgets);
        var passed = thresholds.Where(threshold => account.Spent.In(unit) * 100 >= limit * threshold).Select(threshold => (account.Place, threshold, limit));
        TopicContents.RequireEqual(Equation, passed, crossings.Where(static one => one.Active).Select(one => (account.Place, one.ThresholdPercent, one.Limit)));
    }
}
