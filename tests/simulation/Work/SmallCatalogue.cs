using System.Text;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.Simulation.Tests.Work;

/// <summary>A few models whose prices have awkward digits, so that money that is rounded twice shows.</summary>
internal static class SmallCatalogue
{
    public static readonly IReadOnlyList<string> Models = ["digits", "tiered", "cached", "free", "unheard-of"];

    private const string Head = """{"catalogue":"simulation","release":"1"}""";

    private static readonly Dictionary<string, string> Files = new()
    {
        [CatalogueFiles.Units] =
            """
            {"name":"input_tokens","price_key":"input_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input"}}
            {"name":"output_tokens","price_key":"output_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"output"}}
            {"name":"cache_read_tokens","price_key":"cache_read_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","token_type":"cache_read"}}
            {"name":"requests","price_key":"requests_kcount","per":1000,"dimensions":{"family":"requests"}}
            """,
        [CatalogueFiles.Providers] = """{"id":"acme","api_pattern":"https://api\\.acme\\.test","answers_to":{"equals":"acme"}}""",
        [CatalogueFiles.Models("acme")] =
            """
            {"id":"digits","match":{"equals":"digits"},"prices":[{"rates":{"input_mtok":0.123456789,"output_mtok":7.7777777}}]}
            {"id":"tiered","match":{"equals":"tiered"},"prices":[{"rates":{"input_mtok":{"base":2.5,"tiers":[{"over":2000,"price":3.3333333}]},"output_mtok":10.01}}]}
            {"id":"cached","match":{"equals":"cached"},"prices":[{"rates":{"input_mtok":2,"output_mtok":8,"cache_read_mtok":0.0375,"requests_kcount":0.7}}]}
            {"id":"free","match":{"equals":"free"},"prices":[{"rates":{"input_mtok":0,"output_mtok":0}}]}
            """,
    };

    public static Catalogue Instance { get; } = With();

    /// <summary>What events are priced again by: other prices, and prices that are new, gone, or no longer zero.</summary>
    public static IReadOnlyList<Catalogue> Others { get; } =
    [
        Instance,
        With(("0.123456789", "0.0333333"), ("7.7777777", "2.1"), ("10.01", "0.3"), ("\"output_mtok\":8,", "\"output_mtok\":0.9,")),
        With(("7.7777777", "11.1111111"), ("\"free\"", "\"unheard-of\"")),
        With(("{\"equals\":\"cached\"}", "{\"equals\":\"gone\"}"), ("\"input_mtok\":0,\"output_mtok\":0", "\"input_mtok\":0.5,\"output_mtok\":1.7")),
    ];

    private static Catalogue With(params (string Old, string New)[] changes) =>
        CatalogueFiles.Read(name => Encoding.UTF8.GetBytes(changes.Aggregate(Head + "\n" + Files[name] + "\n", static (text, change) => text.Replace(change.Old, change.New))));
}
