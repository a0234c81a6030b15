using System.Text;
using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>
/// Impact data written by hand, with figures that can be worked out by hand: a model of 10 (1e9 parameters) fills one GPU's 24 GB,
/// takes 0.012 kWh of it and 7 s per token.
/// </summary>
internal static class TestImpacts
{
    public const string Head = """{"catalogue":"hand","release":"1.2.3"}""";

    private const string Constants =
        """
        {"name":"gpu_energy_alpha","value":1}
        {"name":"gpu_energy_beta","value":0}
        {"name":"gpu_energy_gamma","value":2}
        {"name":"latency_alpha","value":0.5}
        {"name":"latency_beta","value":0.25}
        {"name":"latency_gamma","value":1}
        {"name":"batch_size","value":4}
        {"name":"model_quantization_bits","value":16}
        {"name":"gpu_memory","value":24}
        {"name":"gpu_embodied_gwp","value":100}
        {"name":"gpu_embodied_adpe","value":1}
        {"name":"gpu_embodied_pe","value":1000}
        {"name":"server_gpu_count","value":2}
        {"name":"server_power","value":3.6}
        {"name":"server_embodied_gwp","value":400}
        {"name":"server_embodied_adpe","value":4}
        {"name":"server_embodied_pe","value":4000}
        {"name":"server_lifetime","value":1000}
        """;

    private const string Providers =
        """
        {"provider":"acme","zone":"AAA","pue":2,"wue":1}
        {"provider":"nowhere","pue":{"min":1,"max":2},"wue":{"min":0,"max":1}}
        """;

    private const string Zones =
        """
        {"zone":"AAA","gwp":0.5,"adpe":0.25,"pe":10,"wue":3}
        {"zone":"WOR","gwp":1,"adpe":1,"pe":1,"wue":1,"warnings":["world","twice"]}
        """;

    private const string Models =
        """
        {"provider":"acme","name":"ten","parameters":10}
        {"provider":"acme","name":"ten-fast","parameters":10,"tps":2,"ttft":5}
        {"provider":"acme","name":"ten-or-twenty","active":10,"total":{"min":10,"max":20},"warnings":["guessed","twice"]}
        {"provider":"acme","name":"nick","same_as":"ten-or-twenty"}
        {"provider":"nowhere","name":"lost","parameters":{"min":10,"max":20}}
        """;

    public static readonly IReadOnlyDictionary<string, string> Files = new Dictionary<string, string>
    {
        [ImpactDataFiles.Constants] = Constants,
        [ImpactDataFiles.Providers] = Providers,
        [ImpactDataFiles.Zones] = Zones,
        [ImpactDataFiles.Models] = Models,
    };

    public static ImpactData Instance { get; } = Read(Files);

    public static ImpactData Read(IReadOnlyDictionary<string, string> files) =>
        ImpactDataFiles.Read(name => Encoding.UTF8.GetBytes($"{Head}\n{files[name]}\n"));
}
