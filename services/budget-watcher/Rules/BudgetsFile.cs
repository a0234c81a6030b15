using System.Text;
using YamlDotNet.Core;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>
/// The budgets file, in YAML: `budgets`, a list, and `webhooks`, by name; see docs/budgets.md. Everything that is wrong with it
/// is found in one reading, and a file with one problem gives no budgets at all.
/// </summary>
public static class BudgetsFile
{
    public const int MaxBytes = 1024 * 1024;
    public const int MaxBudgets = 1_000;
    public const int MaxWebhooks = 100;

    private static readonly string[] Members = ["budgets", "webhooks"];

    /// <summary>Reads the file and the secrets that it names.</summary>
    /// <param name="problems">One line each: file, line, column, member, what is wrong and the remedy. Empty when all is well.</param>
    public static BudgetSet Read(string file, out IReadOnlyList<string> problems)
    {
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
            {
                problems = [$"{file}: is over {MaxBytes} bytes; it is probably not the budgets file"];
                return BudgetSet.Empty;
            }

            return Parse(File.ReadAllText(file), file, out problems);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var why = error is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read";
            problems = [$"{file}: {why}; give a path that this process can read"];
            return BudgetSet.Empty;
        }
    }

    /// <summary>The same from text.</summary>
    /// <param name="file">Name for problems; relative secret files are looked for in its folder.</param>
    public static BudgetSet Parse(string text, string file, out IReadOnlyList<string> problems)
    {
        var found = new FileProblems(file);
        var budgets = BudgetSet.Empty;
        try
        {
            if (YamlTree.Read(text) is not { } root || root is YamlScalar { Text.Length: 0 })
                found.Add(1, 1, "the file is empty; give budgets: [] when there shall be none");
            else if (MemberReader.Map(root, found, "budgets: [...]") is { } map) budgets = ReadAll(map, Path.GetDirectoryName(Path.GetFullPath(file))!, found);
        }
        catch (YamlException error)
        {
            found.Add(error.Start.Line, error.Start.Column, $"not readable as YAML: {SingleLine(error.Message)}");
        }

        problems = found.Lines;
        return found.HasAny ? BudgetSet.Empty : budgets;
    }

    private static BudgetSet ReadAll(YamlMap map, string folder, FileProblems problems)
    {
        var members = new MemberReader(map, problems, Members);
        var webhooks = members.Find("webhooks") is { } section ? ReadWebhooks(section, folder, problems, out var names) : ReadNoWebhooks(out names);
        var budgets = members.Require("budgets", "give budgets: [] when there shall be none") is { } list ? ReadBudgets(list, names, problems) : [];
        return new BudgetSet(budgets, webhooks);
    }

    private static Dictionary<string, Webhook> ReadNoWebhooks(out IReadOnlyCollection<string> names)
    {
        names = [];
        return [];
    }

    /// <param name="names">Also of those that are wrong in themselves: budgets may name them without a second problem.</param>
    private static Dictionary<string, Webhook> ReadWebhooks(YamlNode node, string folder, FileProblems problems, out IReadOnlyCollection<string> names)
    {
        var webhooks = new Dictionary<string, Webhook>(StringComparer.Ordinal);
        names = [];
        if (MemberReader.Map(node, problems, "{ops: {url: https://..., secretFile: ops.secret}}") is not { } map) return webhooks;
        var members = new MemberReader(map, problems, null).All.ToList();
        if (members.Count > MaxWebhooks) problems.Add(map, $"holds {members.Count} webhooks; {MaxWebhooks} at most");
        var reader = new WebhookReader(folder, problems);
        foreach (var member in members)
            if (reader.Read(member) is { } webhook) webhooks.Add(member.Name, webhook);
        names = [.. members.Select(static member => member.Name)];
        return webhooks;
    }

    private static List<Budget> ReadBudgets(YamlNode node, IReadOnlyCollection<string> webhooks, FileProblems problems)
    {
        if (node is not YamlList list)
        {
            problems.Add(node, "takes a list: one entry, beginning with '-', for each budget");
            return [];
        }

        if (list.Items.Count > MaxBudgets) problems.Add(list, $"holds {list.Items.Count} budgets; {MaxBudgets} at most: use per for one budget of each user or team");
        var budgets = new List<Budget>();
        var lineOfId = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (BudgetReader.Read(item, webhooks, problems) is { } budget) budgets.Add(budget);
            if (IdOf(item) is not { } id || lineOfId.TryAdd(id.Text, id.Line)) continue;
            problems.Add(id, $"'{id.Text}' is the budget in line {lineOfId[id.Text]}; give each its own id");
        }

        return budgets;
    }

    /// <summary>Also of a budget that has other problems.</summary>
    private static YamlScalar? IdOf(YamlNode item) =>
        (item as YamlMap)?.Members.FirstOrDefault(static member => member.Name == "id").Value as YamlScalar;

    private static string SingleLine(string message) =>
        new StringBuilder(message).Replace("\r", "").Replace('\n', ' ').ToString();
}
