using System.Runtime.CompilerServices;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;

// Rewrites infra/kibana/objects; run it after every change of a dashboard or of the documents' fields.
var text = ImportFile.Text();
var findings = ImportCheck.Of(text, SinkMapping.Types);
foreach (var finding in findings) Console.Error.WriteLine(finding);
if (findings.Count > 0) return 1;

var folder = Path.Combine(args.Length > 0 ? args[0] : OwnFolder(), ImportFile.Folder);
if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
Directory.CreateDirectory(folder);
foreach (var (name, part) in ImportFile.Parts()) File.WriteAllText(Path.Combine(folder, name), part);
Console.WriteLine(folder);
return 0;

static string OwnFolder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
