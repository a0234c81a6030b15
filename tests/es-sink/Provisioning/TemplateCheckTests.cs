using System.Text;
using System.Text.Json.Nodes;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Provisioning;
using Xunit;

namespace Pipeline.EsSink.Tests.Provisioning;

public sealed class TemplateCheckTests
{
    /// <summary>What the test server has; see its README. Types beyond these would not work there.</summary>
    private static readonly string[] TypesEveryServerHas = ["keyword", "long", "double", "date", "boolean", "flattened", "object"];

    [Fact]
    public void Mappings_UseOnlyTypesThatEveryServerHas()
    {
        foreach (var field in Pipeline.EsSink.Rendering.UsageFields.All)
            Assert.Contains((string?)JsonNode.Parse(field.Mapping)!["type"], TypesEveryServerHas);
    }

    [Theory]
    [InlineData("""{"component_templates":[{"name":"x","component_template":{"template":{}}}]}""", nameof(TemplateState.Outdated))]
    [InlineData("""{"component_templates":[{"name":"x","component_template":{"template":{},"_meta":{"version":0,"hash":"h"}}}]}""", nameof(TemplateState.Outdated))]
    [InlineData("""{"component_templates":[{"name":"x","component_template":{"template":{},"_meta":{"version":1,"hash":"other"}}}]}""", nameof(TemplateState.Outdated))]
    [InlineData("""{"component_templates":[{"name":"x","component_template":{"template":{},"_meta":{"version":1,"hash":"h"}}}]}""", nameof(TemplateState.Current))]
    [InlineData("""{"index_templates":[{"name":"x","index_template":{"_meta":{"version":1,"hash":"h"}}}]}""", nameof(TemplateState.Current))]
    [InlineData("""{"index_templates":[{"name":"x","index_template":{"_meta":{"version":2,"hash":"h"}}}]}""", nameof(TemplateState.Newer))]
    [InlineData("no json", nameof(TemplateState.Outdated))]
    public void Template_Found_IsToldFromOurs(string found, string state) =>
        Assert.Equal(state, TemplateCheck.StateOf(new Template("p", "x", [], "h"), Encoding.UTF8.GetBytes(found)).ToString());

    [Fact]
    public void Templates_WithOtherSettings_HaveAnotherHash()
    {
        var one = Templates.All(new ElasticsearchOptions(), true);
        var other = Templates.All(new ElasticsearchOptions { Replicas = 0 }, true);
        Assert.NotEqual(one[0].Hash, other[0].Hash);
        Assert.Equal(one[1].Hash, other[1].Hash);
        Assert.Equal(one[0].Hash, Templates.All(new ElasticsearchOptions(), true)[0].Hash);
    }

    [Fact]
    public void Effect_OfOurOwnMappings_HasNoDefect() => Assert.Empty(DefectsOf(Effect()));

    [Fact]
    public void Effect_OfAWeakerTemplate_NamesWhatIsWrong()
    {
        var effect = Effect();
        var mappings = effect["template"]!["mappings"]!;
        mappings["dynamic"] = "true";
        mappings["properties"]!["llm"]!["properties"]!["cost"]!["properties"]!["net_total"] = new JsonObject { ["type"] = "float" };
        mappings["properties"]!["gen_ai"]!["properties"]!.AsObject().Remove("usage");
        effect["template"]!["aliases"] = new JsonObject();
        var defects = DefectsOf(effect);
        Assert.Contains(defects, static defect => defect.Contains("alias llm-usage"));
        Assert.Contains(defects, static defect => defect.Contains("dynamic"));
        Assert.Contains("field llm.cost.net_total would be mapped as float instead of double", defects);
        Assert.Contains("field gen_ai.usage.input_tokens would be mapped as none instead of long", defects);
    }

    [Theory]
    [InlineData("{}", "no template matches")]
    [InlineData("no json", "no JSON")]
    public void Effect_ThatIsNone_IsADefect(string simulated, string defect) =>
        Assert.Contains(defect, Assert.Single(TemplateCheck.DefectsOf(Encoding.UTF8.GetBytes(simulated))));

    [Theory]
    [InlineData("""{"version":{"number":"8.19.21"}}""", 8)]
    [InlineData("""{"version":{"number":"7.17.0"}}""", 7)]
    [InlineData("{}", null)]
    [InlineData("x", null)]
    public void Version_OfACluster_IsRead(string root, int? major) => Assert.Equal(major, ClusterVersion.MajorOf(Encoding.UTF8.GetBytes(root)));

    private static JsonNode Effect() => new JsonObject
    {
        ["template"] = new JsonObject { ["mappings"] = Templates.Mappings(), ["aliases"] = new JsonObject { ["llm-usage"] = new JsonObject() } },
    };

    private static IReadOnlyList<string> DefectsOf(JsonNode effect) => TemplateCheck.DefectsOf(Encoding.UTF8.GetBytes(effect.ToJsonString()));
}
