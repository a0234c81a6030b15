using System.Reflection;
using System.Text;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Docs;

/// <summary>docs/options.md: every option of every service, from the attributes that it is bound and checked by.</summary>
public static class OptionsPage
{
    private const string Head = """
        # Options

        Made by `dotnet run --project docs/generator` from the code; a test compares. The same list, with the service's own defaults, is printed by `--help`.

        Values come from `appsettings.json`, `--config FILE`, the environment (`Section__Member`) and the command line (`--Section:Member VALUE`); the last one wins.
        `--validate` checks them all, prints every error at once and exits with 2. A member that ends in `File` names a file: that is how secrets come in.
        The admin address is on loopback unless told otherwise: gateway-edge 8091, usage-enricher 8092, es-sink 8093, budget-watcher 8094, all-in-one 8090.

        """;

    public static string Text()
    {
        var page = new StringBuilder(Head);
        foreach (var (title, assembly) in ProductAssemblies.All)
        {
            var sections = assembly.GetTypes().Select(static type => (Type: type, Section: type.GetCustomAttribute<SectionAttribute>()?.Name))
                .Where(static found => found.Section is not null).OrderBy(static found => found.Section, StringComparer.Ordinal).ToList();
            if (sections.Count == 0) continue;
            page.Append($"\n## {title}\n\n| option | takes | default | meaning |\n|---|---|---|---|\n");
            foreach (var (type, section) in sections)
                foreach (var entry in OptionsHelp.Entries(section!, Activator.CreateInstance(type)!)) Append(page, entry);
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, OptionEntry entry)
    {
        var takes = string.Join(", ", new[] { entry.Type, entry.Unit == entry.Type ? null : entry.Unit, entry.Bounds }.Where(static fact => fact is not null));
        var name = entry.Switch is null ? $"`{entry.Key}`" : $"`{entry.Key}`, `{entry.Switch}`";
        page.Append($"| {name} | {Cell(takes)} | {Cell(entry.Default)} | {Cell(entry.Meaning)} |\n");
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
