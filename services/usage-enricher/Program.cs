using Pipeline.UsageEnricher;

if (Commands.Run(args) is { } exitCode) return exitCode;

System.Console.Error.WriteLine("usage-enricher: not built yet");
return 1;
