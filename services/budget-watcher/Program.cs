System.Console.Error.WriteLine("budget-watcher: not built yet");
return 1;
