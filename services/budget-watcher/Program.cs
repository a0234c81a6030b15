using Pipeline.BudgetWatcher;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;

var service = new ServiceHost("budget-watcher", "Counts calls, tokens and spend as they pass; budgets come on top.", args, adminPort: 8094);
var setup = LogSetup.Bind(service);
var options = service.Options<WatcherOptions>();
if (service.EndsHere(out var exitCode)) return exitCode;

using var log = LogConnection.Open(service, setup, BudgetWatcherService.Schemas);
using var step = BudgetWatcherService.Add(service, log, options, BudgetSet.Empty);
return await service.RunAsync();
