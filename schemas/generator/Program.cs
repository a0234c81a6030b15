using System.Runtime.CompilerServices;
using Pipeline.Schemas.Generator;

// Rewrites schemas/Generated from schemas/*.avsc; run it after every change of a schema.
var folder = args.Length > 0 ? args[0] : SchemasFolder();
var files = GeneratedCode.From(folder, out var error);
if (files is null)
{
    Console.Error.WriteLine(error);
    return 1;
}

var target = Directory.CreateDirectory(Path.Combine(folder, "Generated"));
foreach (var stale in target.EnumerateFiles("*.g.cs").Where(file => !files.ContainsKey(file.Name)))
    stale.Delete();
foreach (var (name, text) in files)
    File.WriteAllText(Path.Combine(target.FullName, name), text);
Console.WriteLine($"{files.Count} files in {target.FullName}");
return 0;

static string SchemasFolder([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, ".."));
