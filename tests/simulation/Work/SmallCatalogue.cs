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

    public static Catalogue Instance { get; } = CatalogueFiles.Read(static name => Encoding.UTF8.GetBytes(Head + "\n" + Files[name] + "\n"));
}
