using Microsoft.Extensions.Logging;
using Pipeline.AllInOne.Demo;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Pipeline.Runtime.Hosting;

namespace Pipeline.AllInOne.Viewing;

/// <summary>The pages of all-in-one and the loop that feeds them.</summary>
internal static class UsagePages
{
    public static void Add(ServiceHost service, LogConnection log, DocumentView view, BudgetStandings budgets, DemoRun? demo)
    {
        var tail = new UsageTail(service.Time);
        var follower = new UsageFollower(log, view, usage => demo?.Tally.See(usage), tail.Publish, service.Loggers.CreateLogger("view"));
        service.Health.Check("view", follower.Check);
        service.Thread("view", DrainStage.Move, follower.Run);
        service.Pages(IndexPage.Map);
        service.Pages(pages => UsagePage.Map(pages, view, budgets));
        service.Pages(tail.Map);
    }
}
