System.Console.Error.WriteLine("gateway-edge: not built yet");
return 1;
