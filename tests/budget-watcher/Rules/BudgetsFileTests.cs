using System.Text;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Rules;

public sealed class BudgetsFileTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    public BudgetsFileTests() => File.WriteAllText(Path.Combine(_folder, "ops.secret"), Secret + "\n");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parse_EveryMemberGiven_ReadsThem()
    {
        var set = Good("""
            budgets: [{id: team-month, scope: {team: search, model: "gpt-*"}, per: [user], amount: {usd: 500}, period: month, timezone: Europe/Berlin, thresholds: [50, 80, 100], webhooks: [ops]}]
            webhooks: {ops: {url: "https://alerts.example.com/budgets?x=1", secretFile: ops.secret}}
            """);

        var budget = Assert.Single(set.Budgets);
        Assert.Equal(("team-month", BudgetUnit.Usd, 500m, PeriodKind.Month, "Europe/Berlin"), (budget.Id, budget.Unit, budget.Limit, budget.Period, budget.TimeZone.Id));
        Assert.Equal(["model=gpt-*", "team=search"], budget.Scope.Select(static one => $"{one.Dimension}={string.Join('|', one.Patterns)}"));
        Assert.Equal("user", Assert.Single(budget.Per).Name);
        Assert.Equal([50, 80, 100], budget.Thresholds);
        Assert.Equal(["ops"], budget.Webhooks);
        Assert.Equal("https://alerts.example.com/budgets?x=1", set.Webhooks["ops"].Url.AbsoluteUri);
        Assert.Equal(Secret, Encoding.UTF8.GetString(set.Webhooks["ops"].Secret.Span));
    }

    [Fact]
    public void Parse_OnlyWhatIsNeeded_TakesTheDefaults()
    {
        var budget = Assert.Single(Good("budgets: [{id: all, amount: {requests: 10}, period: hour}]").Budgets);

        Assert.Empty(budget.Scope);
        Assert.Empty(budget.Per);
        Assert.Empty(budget.Webhooks);
        Assert.Equal([80, 100], budget.Thresholds);
        Assert.Equal(("UTC", PeriodKind.Hour), (budget.TimeZone.Id, budget.Period));
    }

    [Theory]
    [InlineData("{usd: 0.000000000001}", BudgetUnit.Usd, "0.000000000001")]
    [InlineData("{usd: \"1234567.890123456789\"}", BudgetUnit.Usd, "1234567.890123456789")]
    [InlineData("{tokens: 1000000}", BudgetUnit.Tokens, "1000000")]
    [InlineData("{requests: 5}", BudgetUnit.Requests, "5")]
    [InlineData("{kgco2e: 0.1}", BudgetUnit.Kgco2e, "0.1")]
    public void Parse_Amount_IsExact(string amount, BudgetUnit unit, string limit)
    {
        var budget = Assert.Single(Good($"budgets: [{{id: a, amount: {amount}, period: day}}]").Budgets);

        Assert.Equal((unit, decimal.Parse(limit, System.Globalization.CultureInfo.InvariantCulture)), (budget.Unit, budget.Limit));
    }

    [Fact]
    public void Parse_ScopeInAnotherOrder_IsTheSameBudget()
    {
        var one = Good("budgets: [{id: a, scope: {team: [b, a], model: x, tags.app: z}, amount: {usd: 1}, period: day}]").Budgets[0];
        var other = Good("budgets: [{id: a, scope: {tags.app: [z], model: [x], team: [a, b]}, amount: {usd: 1}, period: day}]").Budgets[0];

        static IEnumerable<string> Texts(Budget budget) => budget.Scope.Select(static one => $"{one.Dimension}={string.Join('|', one.Patterns)}");
        Assert.Equal(Texts(one), Texts(other));
    }

    [Fact]
    public void Parse_ThresholdsInAnyOrder_AreAscending() =>
        Assert.Equal([50, 80, 120], Good("budgets: [{id: a, amount: {usd: 1}, period: day, thresholds: [120, 50, 80]}]").Budgets[0].Thresholds);

    [Fact]
    public void Parse_NoBudgets_IsAnEmptySet() => Assert.Empty(Good("budgets: []").Budgets);

    /// <summary>What stands in the file, and the problem with its place.</summary>
    public static TheoryData<string, string> Faults => new()
    {
        { "", "1:1: the file is empty" },
        { "# nothing\n", "1:1: the file is empty" },
        { "budgets: [\n  {id: a", ":1: not readable as YAML" },
        { "- a", "1:1: takes members" },
        { "budgets: []\nbudget: []", "2:1: budget: unknown member; did you mean budgets?" },
        { "webhooks: {}", "1:1: budgets is missing; give budgets: []" },
        { "budgets: {id: a}", "1:10: budgets: takes a list" },
        { "budgets: [a]", "1:11: budgets[0]: takes members" },
        { "budgets: []\nbudgets: []", "2:1: budgets: given twice, first in line 1" },
        { "budgets: []\n---\nbudgets: []", "2:1: not readable as YAML: a second document" },
        { "budgets: &all []", "1:10: not readable as YAML: anchors are not taken" },
        { "budgets: !!seq []", "1:10: not readable as YAML: tags are not taken" },
        { "budgets: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "not readable as YAML: more than 16 levels" },
        { Budget("amount: {usd: 1}, period: day"), "1:11: budgets[0]: id is missing; give a name" },
        { Budget("id: a b, amount: {usd: 1}, period: day"), "1:16: budgets[0].id: must be 1-64 characters of [A-Za-z0-9_.-]" },
        { Budget("id: a, period: day"), "budgets[0]: amount is missing; give one, such as {usd: 500}" },
        { Budget("id: a, amount: {usd: 1}"), "budgets[0]: period is missing; give one of hour, day, week, month" },
        { Budget("id: , amount: {usd: 1}, period: day"), "budgets[0].id: has no value" },
        { Budget("id: [a], amount: {usd: 1}, period: day"), "budgets[0].id: takes one value" },
        { Budget("id: a, amount: {usd: 1}, period: day, treshold: 1"), "1:50: budgets[0].treshold: unknown member; did you mean thresholds?" },
        { Budget("id: a, amount: {usd: 1}, period: day, id: b"), "1:50: budgets[0].id: given twice, first in line 1" },
        { Budget("id: a, amount: 5, period: day"), "budgets[0].amount: takes members, such as {usd: 500}" },
        { Budget("id: a, amount: {}, period: day"), "budgets[0].amount: takes exactly one of usd, tokens, requests, kgco2e" },
        { Budget("id: a, amount: {usd: 1, tokens: 2}, period: day"), "budgets[0].amount: takes exactly one of usd, tokens, requests, kgco2e" },
        { Budget("id: a, amount: {eur: 1}, period: day"), "budgets[0].amount.eur: unknown member; " },
        { Budget("id: a, amount: {usd: 1e3}, period: day"), "budgets[0].amount.usd: '1e3' must be a plain number" },
        { Budget("id: a, amount: {usd: \"1,000\"}, period: day"), "budgets[0].amount.usd: '1,000' must be a plain number" },
        { Budget("id: a, amount: {usd: -1}, period: day"), "budgets[0].amount.usd: '-1' must be a plain number" },
        { Budget("id: a, amount: {usd: 0}, period: day"), "budgets[0].amount.usd: must be above 0" },
        { Budget("id: a, amount: {usd: 1000000000000001}, period: day"), "budgets[0].amount.usd: must be above 0 and at most" },
        { Budget("id: a, amount: {usd: 0.0000000000001}, period: day"), "budgets[0].amount.usd: at most 12 digits behind the point" },
        { Budget("id: a, amount: {tokens: 1.5}, period: day"), "budgets[0].amount.tokens: tokens are counted in whole numbers" },
        { Budget("id: a, amount: {usd: 1}, period: rolling"), "budgets[0].period: 'rolling' must be one of hour, day, week, month" },
        { Budget("id: a, amount: {usd: 1}, period: day, timezone: Europe/Berln"), "budgets[0].timezone: there is no time zone 'Europe/Berln'; did you mean Europe/Berlin?" },
        { Budget("id: a, amount: {usd: 1}, period: day, timezone: W. Europe Standard Time"), "budgets[0].timezone: there is no time zone" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {tem: a}"), "budgets[0].scope.tem: there is no dimension 'tem'; did you mean team?" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {tags.: a}"), "budgets[0].scope.tags.: there is no dimension 'tags.'" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {team: }"), "budgets[0].scope.team: has no value" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {team: []}"), "budgets[0].scope.team: an empty list fits nothing" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {team: [b, b]}"), "budgets[0].scope.team[1]: 'b' is given twice" },
        { Budget("id: a, amount: {usd: 1}, period: day, scope: {team: b, team: c}"), "budgets[0].scope.team: given twice" },
        { Budget("id: a, amount: {usd: 1}, period: day, per: [usr]"), "budgets[0].per[0]: there is no dimension 'usr'; did you mean user?" },
        { Budget("id: a, amount: {usd: 1}, period: day, per: [user, user]"), "budgets[0].per[1]: 'user' is given twice" },
        { Budget("id: a, amount: {usd: 1}, period: day, thresholds: []"), "budgets[0].thresholds: an empty list never alerts" },
        { Budget("id: a, amount: {usd: 1}, period: day, thresholds: [0]"), "budgets[0].thresholds[0]: '0' must be a whole percent from 1 to 1000" },
        { Budget("id: a, amount: {usd: 1}, period: day, thresholds: [80, 080]"), "budgets[0].thresholds[1]: '080' is given twice" },
        { Budget("id: a, amount: {usd: 1}, period: day, webhooks: [ops]"), "budgets[0].webhooks[0]: there is no webhook 'ops'; the file has no webhooks: section" },
        { Budget("id: a, amount: {usd: 1}, period: day, webhooks: [opps]") + "\nwebhooks: {ops: {url: https://x.example, secretFile: ops.secret}}", "there is no webhook 'opps'; did you mean ops?" },
        { Budget("id: a, amount: {usd: 1}, period: day", "id: a, amount: {usd: 2}, period: day"), "budgets[1].id: 'a' is the budget in line 1" },
        { Webhook("secretFile: ops.secret"), "webhooks.ops: url is missing; give the address" },
        { Webhook("url: https://x.example"), "webhooks.ops: secretFile is missing; name a file" },
        { Webhook("url: https://x.example, secretFile: ops.secret, secret: abc"), "webhooks.ops.secret: unknown member" },
        { Webhook("url: alerts, secretFile: ops.secret"), "webhooks.ops.url: must be an absolute https address" },
        { Webhook("url: ftp://x.example, secretFile: ops.secret"), "webhooks.ops.url: must be an absolute https address" },
        { Webhook("url: http://x.example, secretFile: ops.secret"), "webhooks.ops.url: is not https" },
        { Webhook("url: \"https://u:p@x.example\", secretFile: ops.secret"), "webhooks.ops.url: must not hold user or password" },
        { Webhook("url: \"https://x.example/#a\", secretFile: ops.secret"), "webhooks.ops.url: must not hold a fragment" },
        { Webhook("url: https://x.example, secretFile: ops.secret, allowHttp: yes"), "webhooks.ops.allowHttp: 'yes' must be true or false" },
        { Webhook("url: https://x.example, secretFile: nowhere"), "nowhere' does not exist" },
        { Webhook("url: https://x.example, secretFile: empty.secret"), "empty.secret' holds nothing; give at least 16 random bytes" },
        { Webhook("url: https://x.example, secretFile: short.secret"), "short.secret' holds a key that is too short; give at least 16 random bytes" },
        { Webhook("url: https://x.example, secretFile: long.secret"), "long.secret' is over 4096 bytes" },
        { Webhook("url: https://x.example, secretFile: broken.secret"), "broken.secret' begins with whsec_, but the rest is not base64" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Parse_Fault_IsToldWithItsPlaceAndRemedy(string text, string told)
    {
        Write("empty.secret", "\n");
        Write("short.secret", "hunter2hunter2\n");
        Write("long.secret", new string('x', 5_000));
        Write("broken.secret", "whsec_?hunter2?");

        var set = BudgetsFile.Parse(text, Path.Combine(_folder, "budgets.yaml"), out var problems);

        Assert.Same(BudgetSet.Empty, set);
        var problem = Assert.Single(problems);
        Assert.StartsWith(Path.Combine(_folder, "budgets.yaml:"), problem);
        Assert.Contains(told, problem);
        Assert.DoesNotContain("hunter2", problem);
        Assert.DoesNotContain("u:p", problem);
    }

    [Fact]
    public void Parse_ManyFaults_TellsAllInTheOrderOfTheFile()
    {
        var set = BudgetsFile.Parse("""
            webhooks:
              ops: {url: nowhere, secretFile: nope}
            budgets:
              - {id: "?", amount: {usd: x}, period: year}
              - {id: b, amont: {usd: 1}, period: day}
            """, Path.Combine(_folder, "budgets.yaml"), out var problems);

        Assert.Empty(set.Budgets);
        Assert.Equal(["2:14", "2:35", "4:10", "4:29", "4:41", "5:5", "5:13"], problems.Select(static one => string.Join(':', one.Split(':')[1..3])));
    }

    [Theory]
    [InlineData("0123456789abcdef", "0123456789abcdef")]
    [InlineData("0123456789abcdef\r\n", "0123456789abcdef")]
    [InlineData("0123456789abcdef\n\n", "0123456789abcdef\n")]
    [InlineData("whsec_MDEyMzQ1Njc4OWFiY2RlZg==\n", "0123456789abcdef")]
    public void Parse_Secret_IsTheFileWithoutOneLineBreak(string content, string key)
    {
        Write("ops.secret", content);

        var set = Good("budgets: []\n" + "webhooks: {ops: {url: https://x.example, secretFile: ops.secret}}");

        Assert.Equal(key, Encoding.UTF8.GetString(set.Webhooks["ops"].Secret.Span));
        Assert.DoesNotContain(key, set.Webhooks["ops"].ToString());
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/x", "")]
    [InlineData("http://localhost/x", "")]
    [InlineData("http://alerts.internal/x", ", allowHttp: true")]
    public void Parse_PlainHttp_IsTakenWhereItCanBe(string url, string more) =>
        Assert.Equal(url, Good($"budgets: []\nwebhooks: {{ops: {{url: \"{url}\", secretFile: ops.secret{more}}}}}").Webhooks["ops"].Url.AbsoluteUri);

    [Fact]
    public void Bind_FileWithProblems_GivesEachToTheOptions()
    {
        Write("budgets.yaml", "budgets: [{id: a}]");
        var service = new ServiceHost("test", "", ["--validate", "--budgets", Path.Combine(_folder, "budgets.yaml")], 0);

        var budgets = BudgetsOptions.Bind(service);

        Assert.True(service.EndsHere(out var exitCode));
        Assert.Equal(2, exitCode);
        Assert.Same(BudgetSet.Empty, budgets);
    }

    private BudgetSet Good(string text)
    {
        var set = BudgetsFile.Parse(text, Path.Combine(_folder, "budgets.yaml"), out var problems);
        Assert.Empty(problems);
        return set;
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);

    private static string Budget(params string[] budgets) => $"budgets: [{string.Join(", ", budgets.Select(static members => $"{{{members}}}"))}]";

    private static string Webhook(string members) => $"webhooks: {{ops: {{{members}}}}}\nbudgets: []";
}
