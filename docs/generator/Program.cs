using System.Runtime.CompilerServices;
using Pipeline.Docs;

// Rewrites docs/options.md and docs/metrics.md; run it after every change of an option or a metric.
var folder = args.Length > 0 ? args[0] : DocsFolder();
File.WriteAllText(Path.Combine(folder, "options.md"), OptionsPage.Text());
File.WriteAllText(Path.Combine(folder, "metrics.md"), MetricsPage.Text());
Console.WriteLine($"options.md and metrics.md in {folder}");

static string DocsFolder([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, ".."));
