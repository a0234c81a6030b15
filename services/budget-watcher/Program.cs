using Pipeline.BudgetWatcher;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;

var service = new ServiceHost("budget-watcher", "Holds spend against budgets and posts an alert when one is passed.", args, adminPort: 8094);
var setup = LogSetup.Bind(service);
var provisioning = ProvisionCommand.Bind(service, setup);
var options = service.Options<WatcherOptions>();
var alerting = service.Options<AlertingOptions>();
var budgets = BudgetsOptions.Bind(service);
if (service.EndsHere(out var exitCode)) return exitCode;
if (provisioning.IsAsked) return provisioning.Run();

using var log = LogConnection.Open(service, setup, BudgetWatcherService.Schemas);
using var watcher = BudgetWatcherService.Add(service, log, options, budgets);
using var alerter = AlertingService.Add(service, log, budgets, alerting);
return await service.RunAsync();
