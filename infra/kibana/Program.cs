using System.Runtime.CompilerServices;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;

// Rewrites infra/kibana/dashboards.ndjson; run it after every change of a dashboard or of the documents' fields.
var text = ImportFile.Text();
var findings = ImportCheck.Of(text, SinkMapping.Types);
foreach (var finding in findings) Console.Error.WriteLine(finding);
if (findings.Count > 0) return 1;

var path = Path.Combine(args.Length > 0 ? args[0] : OwnFolder(), ImportFile.Name);
File.WriteAllText(path, text);
Console.WriteLine(path);
return 0;

static string OwnFolder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
