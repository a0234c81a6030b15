System.Console.Error.WriteLine("all-in-one: not built yet");
return 1;
