using Microsoft.Extensions.Logging;
using Pipeline.AllInOne.Demo;
using Pipeline.AllInOne.Page;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.EsSink.Viewing;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>The pages of all-in-one and the loops that feed them.</summary>
internal static class UsagePages
{
    public static void Add(ServiceHost service, LogConnection log, DocumentView view, BudgetSet budgets, BudgetStandings standings, DemoRun? demo)
    {
        var tail = new UsageTail(service.Time);
        var logger = service.Loggers.CreateLogger("view");
        // With the embedded log the sink writes into the same view: an event counts once, whoever brings it first.
        var events = new TopicFollower<LlmUsage>(log, Topics.Usage, (usage, isNew) =>
        {
            view.Put(usage);
            demo?.Tally.See(usage);
            if (isNew) tail.Publish(usage);
        }, logger);
        var burns = new BurnBook();
        var spend = new TopicFollower<BudgetSpend>(log, Topics.BudgetSpend, (delta, _) => burns.Add(delta), logger);
        service.Health.Check("view", events.Check);
        service.Thread("view", DrainStage.Move, events.Run);
        service.Thread("budget-view", DrainStage.Move, spend.Run);
        service.Pages(PageFiles.Map);
        service.Pages(new FiguresPage(view, new BudgetsJson(budgets, standings, burns), () => events.HasCaughtUp, service.Time).Map);
        service.Pages(new RequestsPage(view, service.Time).Map);
        service.Pages(pages => UsagePage.Map(pages, view, standings));
        service.Pages(tail.Map);
    }
}
