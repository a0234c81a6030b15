System.Console.Error.WriteLine("usage-enricher: not built yet");
return 1;
