using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>Reads one entry of `budgets`. What is wrong is reported; the budget is null only then.</summary>
internal static partial class BudgetReader
{
    public const int MaxThresholds = 20;
    public const int MaxPatterns = 100;

    /// <summary>Attribution strings of the pipeline are cut there.</summary>
    public const int MaxPatternChars = 128;

    private const int MaxThresholdPercent = 1_000;

    /// <summary>Of any unit; a larger limit is no budget.</summary>
    private const decimal MaxLimit = 1_000_000_000_000_000m;

    /// <summary>Digits behind the point that the records keep.</summary>
    private const int MaxLimitDecimals = 12;

    private static readonly string[] Members = ["id", "scope", "per", "amount", "period", "timezone", "thresholds", "webhooks"];

    private static readonly int[] DefaultThresholds = [80, 100];

    private static readonly Dictionary<string, BudgetUnit> Units = new(StringComparer.Ordinal)
    {
        ["usd"] = BudgetUnit.Usd, ["tokens"] = BudgetUnit.Tokens, ["requests"] = BudgetUnit.Requests, ["kgco2e"] = BudgetUnit.Kgco2e,
    };

    private static readonly Dictionary<string, PeriodKind> Periods = new(StringComparer.Ordinal)
    {
        ["hour"] = PeriodKind.Hour, ["day"] = PeriodKind.Day, ["week"] = PeriodKind.Week, ["month"] = PeriodKind.Month,
    };

    private const string NameRule = "must be 1-64 characters of [A-Za-z0-9_.-]";

    /// <summary>Ids of budgets and names of webhooks.</summary>
    public static bool IsName(YamlScalar name, FileProblems problems)
    {
        if (Name().IsMatch(name.Text)) return true;
        problems.Add(name, NameRule);
        return false;
    }

    /// <param name="webhooks">Names that the file gives.</param>
    public static Budget? Read(YamlNode node, IReadOnlyCollection<string> webhooks, FileProblems problems)
    {
        if (MemberReader.Map(node, problems, "{id: team-month, amount: {usd: 500}, period: month}") is not { } map) return null;
        var members = new MemberReader(map, problems, Members);
        var id = members.RequireText("id", "give a name by which alerts call the budget");
        if (id is not null && !IsName(id, problems)) id = null;
        var scope = members.Find("scope") is { } scoped ? ReadScope(scoped, problems) : [];
        var per = members.Find("per") is { } divided ? ReadPer(divided, problems) : [];
        var amount = members.Require("amount", "give one, such as {usd: 500}") is { } given ? ReadAmount(given, problems) : null;
        var period = members.RequireText("period", "give one of hour, day, week, month") is { } kind ? ReadPeriod(kind, problems) : PeriodKind.Unknown;
        var zone = members.Find("timezone") is { } place ? ReadTimeZone(place, problems) : TimeZoneInfo.Utc;
        var thresholds = members.Find("thresholds") is { } percents ? ReadThresholds(percents, problems) : DefaultThresholds;
        var called = members.Find("webhooks") is { } names ? ReadWebhookNames(names, webhooks, problems) : [];
        if (id is null || amount is null || zone is null || period == PeriodKind.Unknown) return null;
        return new Budget(id.Text, scope, per, amount.Value.Unit, amount.Value.Limit, period, zone, thresholds, called);
    }

    /// <summary>In the order of names, so that the order of the file makes no other budget of it.</summary>
    private static ScopeCondition[] ReadScope(YamlNode node, FileProblems problems)
    {
        if (MemberReader.Map(node, problems, "{team: search, model: \"gpt-*\"}") is not { } map) return [];
        var conditions = new List<ScopeCondition>();
        foreach (var member in new MemberReader(map, problems, null).All)
        {
            var dimension = FindDimension(member.Key, problems);
            var patterns = ReadPatterns(member.Value, problems);
            if (dimension is not null && patterns.Length > 0) conditions.Add(new ScopeCondition(dimension, patterns));
        }

        return [.. conditions.OrderBy(static condition => condition.Dimension.Name, StringComparer.Ordinal)];
    }

    private static string[] ReadPatterns(YamlNode node, FileProblems problems)
    {
        var patterns = MemberReader.Texts(node, problems);
        if (node is YamlList { Items.Count: 0 }) problems.Add(node, "an empty list fits nothing; give a value or take the member out");
        if (patterns.Count > MaxPatterns) problems.Add(node, $"holds {patterns.Count} patterns; {MaxPatterns} at most, '*' stands for any characters");
        foreach (var pattern in patterns)
            if (pattern.Text.Length > MaxPatternChars) problems.Add(pattern, $"is longer than {MaxPatternChars} characters, as no value is");
        return [.. patterns.Select(static pattern => pattern.Text).Order(StringComparer.Ordinal)];
    }

    private static Dimension[] ReadPer(YamlNode node, FileProblems problems) =>
        [.. MemberReader.Texts(node, problems).Select(name => FindDimension(name, problems)).OfType<Dimension>()];

    private static Dimension? FindDimension(YamlScalar name, FileProblems problems)
    {
        if (Dimension.Find(name.Text) is { } found) return found;
        problems.Add(name, $"there is no dimension '{name.Text}'; {MemberReader.Suggest(name.Text, [.. Dimension.Names, "tags.NAME"])}");
        return null;
    }

    private static (BudgetUnit Unit, decimal Limit)? ReadAmount(YamlNode node, FileProblems problems)
    {
        if (MemberReader.Map(node, problems, "{usd: 500}") is not { } map) return null;
        var given = new MemberReader(map, problems, Units.Keys).All.ToList();
        if (given is not [var (key, value)])
        {
            if (given.Count > 1 || map.Members.Count == 0) problems.Add(map, "takes exactly one of usd, tokens, requests, kgco2e");
            return null;
        }

        var unit = Units[key.Text];
        if (MemberReader.Text(value, problems) is not { } text) return null;
        var isWhole = unit is BudgetUnit.Tokens or BudgetUnit.Requests;
        if (!decimal.TryParse(text.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit))
            problems.Add(value, $"'{text.Text}' must be a plain number, such as 500 or 0.25");
        else if (limit is <= 0 or > MaxLimit) problems.Add(value, $"must be above 0 and at most {MaxLimit}");
        else if (isWhole && limit != decimal.Truncate(limit)) problems.Add(value, $"{key.Text} are counted in whole numbers");
        else if (limit != decimal.Round(limit, MaxLimitDecimals)) problems.Add(value, $"at most {MaxLimitDecimals} digits behind the point");
        else return (unit, limit);
        return null;
    }

    private static PeriodKind ReadPeriod(YamlScalar text, FileProblems problems)
    {
        if (Periods.TryGetValue(text.Text, out var kind)) return kind;
        problems.Add(text, $"'{text.Text}' must be one of {string.Join(", ", Periods.Keys)}");
        return PeriodKind.Unknown;
    }

    private static TimeZoneInfo? ReadTimeZone(YamlNode node, FileProblems problems)
    {
        if (MemberReader.Text(node, problems) is not { } name) return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name.Text, out var zone) && zone.HasIanaId) return zone;
        var nearest = Runtime.Hosting.NearestName.Of(name.Text, TimeZoneInfo.GetSystemTimeZones().Select(static known => known.Id));
        problems.Add(name, $"there is no time zone '{name.Text}'; {(nearest is null ? "give an IANA name such as Europe/Berlin" : $"did you mean {nearest}?")}");
        return null;
    }

    private static int[] ReadThresholds(YamlNode node, FileProblems problems)
    {
        var texts = MemberReader.Texts(node, problems);
        if (node is YamlList { Items.Count: 0 }) problems.Add(node, "an empty list never alerts; give percents of the amount, such as [80, 100]");
        if (texts.Count > MaxThresholds) problems.Add(node, $"holds {texts.Count} thresholds; {MaxThresholds} at most");
        var percents = new SortedSet<int>();
        foreach (var text in texts)
        {
            if (!int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) || percent is < 1 or > MaxThresholdPercent)
                problems.Add(text, $"'{text.Text}' must be a whole percent from 1 to {MaxThresholdPercent}");
            else if (!percents.Add(percent)) problems.Add(text, $"'{text.Text}' is given twice; keep one");
        }

        return [.. percents];
    }

    private static string[] ReadWebhookNames(YamlNode node, IReadOnlyCollection<string> webhooks, FileProblems problems)
    {
        var names = MemberReader.Texts(node, problems);
        foreach (var name in names)
        {
            if (webhooks.Contains(name.Text)) continue;
            var remedy = webhooks.Count == 0 ? "the file has no webhooks: section" : MemberReader.Suggest(name.Text, webhooks);
            problems.Add(name, $"there is no webhook '{name.Text}'; {remedy}");
        }

        return [.. names.Select(static name => name.Text)];
    }

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex Name();
}
