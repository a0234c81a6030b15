using System.Text;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>A small catalogue written by hand: one example of every rule, with round prices.</summary>
internal static class TestCatalogue
{
    public const string Head = """{"catalogue":"hand","release":"1"}""";

    private const string Units =
        """
        {"name":"input_tokens","price_key":"input_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input"}}
        {"name":"output_tokens","price_key":"output_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"output"}}
        {"name":"cache_read_tokens","price_key":"cache_read_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","token_type":"cache_read"}}
        {"name":"cache_write_tokens","price_key":"cache_write_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","token_type":"cache_write"}}
        {"name":"cache_write_1h_tokens","price_key":"cache_write_1h_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","token_type":"cache_write","cache_ttl":"1h"}}
        {"name":"input_audio_tokens","price_key":"input_audio_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","modality":"audio"}}
        {"name":"cache_audio_read_tokens","price_key":"cache_audio_read_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"input","modality":"audio","token_type":"cache_read"}}
        {"name":"output_reasoning_tokens","price_key":"output_reasoning_mtok","per":1000000,"dimensions":{"family":"tokens","direction":"output","token_type":"reasoning"}}
        {"name":"audio_seconds","price_key":"audio_hours","per":3600,"dimensions":{"family":"durations","modality":"audio"}}
        {"name":"input_audio_seconds","price_key":"input_audio_hours","per":3600,"dimensions":{"family":"durations","direction":"input","modality":"audio"}}
        {"name":"web_searches","price_key":"web_searches_kcount","per":1000,"dimensions":{"family":"tool_calls","tool_type":"web_search"}}
        {"name":"requests","price_key":"requests_kcount","per":1000,"dimensions":{"family":"requests"}}
        """;

    private const string Providers =
        """
        {"id":"acme","api_pattern":"https://api\\.acme\\.test","answers_to":{"contains":"acme"},"sells_models":{"starts_with":"acme-"}}
        {"id":"reseller","api_pattern":"https://[a-z]+\\.reseller\\.test(/|$)","answers_to":{"or":[{"equals":"resale"},{"starts_with":"re-"}]},"fallbacks":["acme","second"]}
        {"id":"second","api_pattern":"https://api\\.second\\.test","sells_models":{"regex":"^(?!acme).*-x$"},"fallbacks":["reseller"]}
        {"id":"groq","api_pattern":"https://api\\.groq\\.test"}
        """;

    private const string Acme =
        """
        {"id":"acme-plain","match":{"or":[{"equals":"acme-plain"},{"starts_with":"Acme-Plain-2"}]},"prices":[{"rates":{"input_mtok":2,"output_mtok":8}}]}
        {"id":"acme-dash-date","match":{"equals":"acme-dash-2025-12-11"},"prices":[{"rates":{"input_mtok":1}}]}
        {"id":"acme-cache","match":{"equals":"acme-cache"},"prices":[{"rates":{"input_mtok":2,"output_mtok":8,"cache_read_mtok":0.5,"cache_write_mtok":3,"cache_write_1h_mtok":4}}]}
        {"id":"acme-tier","match":{"equals":"acme-tier"},"prices":[{"rates":{"input_mtok":{"base":2,"tiers":[{"over":200000,"price":4},{"over":500000,"price":6}]},"cache_read_mtok":0.5,"output_mtok":{"base":10,"tiers":[{"over":200000,"price":15}]}}}]}
        {"id":"acme-audio","match":{"and":[{"starts_with":"acme"},{"ends_with":"audio"}]},"prices":[{"rates":{"input_mtok":2,"output_mtok":8,"cache_read_mtok":0.5,"input_audio_mtok":40,"cache_audio_read_mtok":10,"output_reasoning_mtok":9}}]}
        {"id":"acme-dated","match":{"equals":"acme-dated"},"prices":[{"from":"2026-03-01","rates":{"input_mtok":1}},{"from":"2026-06-01","rates":{"input_mtok":2}},{"from":"2026-09-01","daily":["22:00:00","02:00:00"],"rates":{"input_mtok":3}}],"variants":[{"when":{"processing":"batch"},"from":"2026-06-01","rates":{"input_mtok":0.5}}]}
        {"id":"acme-variants","match":{"equals":"acme-variants"},"prices":[{"rates":{"input_mtok":2,"output_mtok":8,"requests_kcount":5}}],"variants":[{"when":{"service_tier":"default"},"rates":{}},{"when":{"service_tier":"flex"},"rates":{"input_mtok":1}},{"when":{"service_tier":"flex"},"rates":{"input_mtok":7,"output_mtok":4}},{"when":{"service_tier":"flex","speed":"fast"},"rates":{"requests_kcount":9}}]}
        {"id":"acme-free","match":{"equals":"acme-free"},"prices":[{"rates":{"input_mtok":0,"output_mtok":0}}]}
        {"id":"acme-embed","match":{"equals":"acme-embed"},"prices":[{"rates":{"input_mtok":0.02}}]}
        {"id":"acme-search","match":{"equals":"acme-search"},"prices":[{"rates":{"input_mtok":1,"output_mtok":1,"web_searches_kcount":10,"requests_kcount":5}}]}
        {"id":"acme-ears","match":{"contains":"ears"},"prices":[{"rates":{"audio_hours":0.36,"input_audio_hours":0.36}}]}
        {"id":"acme-unset","match":{"equals":"acme-unset"},"prices":[{"rates":{}}]}
        {"id":"acme-last","match":{"regex":"^acme-last\\d$"},"prices":[{"rates":{"input_mtok":1}}]}
        """;

    private static readonly Dictionary<string, string> Files = new()
    {
        [CatalogueFiles.Units] = Units,
        [CatalogueFiles.Providers] = Providers,
        [CatalogueFiles.Models("acme")] = Acme,
        [CatalogueFiles.Models("reseller")] = """{"id":"own-model","match":{"equals":"own-model"},"prices":[{"rates":{"input_mtok":1}}]}""",
        [CatalogueFiles.Models("second")] = """{"id":"second-x","match":{"ends_with":"-x"},"prices":[{"rates":{"input_mtok":1}}]}""",
        [CatalogueFiles.Models("groq")] = """{"id":"whisper-large-v3","match":{"equals":"whisper-large-v3"},"prices":[{"rates":{"audio_hours":0.36,"input_audio_hours":0.36}}]}""",
    };

    public static Catalogue Instance { get; } = CatalogueFiles.Read(name => Encoding.UTF8.GetBytes(Head + "\n" + Files[name] + "\n"));

    /// <summary>The same with some of its text changed: a catalogue of another version.</summary>
    public static Catalogue With(params (string Old, string New)[] changes) =>
        CatalogueFiles.Read(name => Encoding.UTF8.GetBytes(changes.Aggregate(Head + "\n" + Files[name] + "\n", static (text, change) => text.Replace(change.Old, change.New))));

    public static UsageFigures Figures(params (string Unit, decimal Figure)[] reported)
    {
        var figures = new UsageFigures(Instance.Units);
        foreach (var (unit, figure) in reported) figures.Report(Instance.Units.ByName(unit)!.Index, figure);
        return figures;
    }
}
