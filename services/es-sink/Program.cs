System.Console.Error.WriteLine("es-sink: not built yet");
return 1;
