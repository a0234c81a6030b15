using System.Runtime.CompilerServices;
using Pipeline.Kibana.Lens;

// Rewrites infra/kibana/dashboards.ndjson; run it after every change of a dashboard or of the documents' fields.
var path = Path.Combine(args.Length > 0 ? args[0] : OwnFolder(), ImportFile.Name);
File.WriteAllText(path, ImportFile.Text());
Console.WriteLine(path);
return 0;

static string OwnFolder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
