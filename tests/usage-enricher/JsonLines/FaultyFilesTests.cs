using System.Text;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Pricing.Contracts;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.JsonLines;

/// <summary>Files of the operator are read while the service runs: whatever they hold, they are taken or refused with their name, and nothing else is thrown.</summary>
public sealed class FaultyFilesTests
{
    private const int Rounds = 1_500;
    private static readonly int Seed = Environment.TickCount;

    private static readonly string[] Odd =
        ["\"\"", "null", "-1", "0", "1e400", "99999999999999999999", "[]", "{}", "\"\\ud800\"", "\"99:99:99\"", "\"2026-02-30\"", "true", "\"(\"", "[1]", "{\"min\":2,\"max\":1}", "", ",", "\n", "\r\n", "\"", "}"];

    public static TheoryData<string, string> Files => new()
    {
        { "grid", "zone,hour,gco2e_per_kwh,wue_l_per_kwh\nSWE,2026-11-20T12:00:00Z,12.5,\nSWE,2026-11-20T13:00Z,13.5,2.5\n" },
        { "grid", """{"zone":"SWE","hour":"2026-11-20T12:00:00Z","gco2e_per_kwh":12.5,"wue_l_per_kwh":null}""" },
        { "models", """{"provider":"vllm","name":"our-70b","active":{"min":20,"max":30},"total":70,"pue":1.3,"wue":0.2,"zone":"DEU","tps":40,"constants":{"batch_size":16}}""" },
        { "overrides", """{"provider":"acme","match":{"or":[{"regex":"a+"},{"contains":"b"}]},"prices":[{"from":"2026-12-01","daily":["01:00:00","02:00:00"],"days":[1,2],"rates":{"input_mtok":{"base":1,"tiers":[{"over":5,"price":2}]}}}],"variants":[{"when":{"service_tier":"flex"},"rates":{"input_mtok":0.5}}]}""" },
        { "overrides", """{"provider":"azure","model":"chat","same_as":"acme/acme-plain"}""" + "\n" + """{"provider":"x","model":"y","free":true,"note":"ours"}""" },
        { "contracts", """{"name":"c","when":{"provider":"openai","team":["search","ads*"]},"from":"2026-01-01","until":"2027-01-01","discount_percent":15,"rates":{"input_mtok":1.1}}""" },
        { "units", "{\"catalogue\":\"hand\",\"release\":\"1\"}\n{\"name\":\"a\",\"price_key\":\"ak\",\"per\":1000,\"dimensions\":{\"family\":\"tokens\"}}\n{\"name\":\"b\",\"price_key\":\"bk\",\"per\":1000,\"dimensions\":{\"family\":\"calls\"}}" },
        { "providers", "{\"catalogue\":\"hand\",\"release\":\"1\"}\n{\"id\":\"a\",\"api_pattern\":\"https://a\",\"answers_to\":{\"contains\":\"a\"},\"sells_models\":{\"regex\":\"^a\"},\"fallbacks\":[\"b\"]}" },
        { "constants", TestImpacts.Head + "\n" + TestImpacts.Files[ImpactDataFiles.Constants] },
        { "zones", TestImpacts.Head + "\n" + TestImpacts.Files[ImpactDataFiles.Zones] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_OfAnyFile_TakesItOrNamesIt(string kind, string valid)
    {
        Read(kind, Encoding.UTF8.GetBytes(valid));
        var random = new Random(Seed);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Spoilt(valid, random);
            try
            {
                Read(kind, bytes);
            }
            catch (DataFormatException)
            {
                // Refused, as it should be.
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {Seed}, round {round}: {error.GetType().Name} {error.Message}\n{Encoding.UTF8.GetString(bytes)}");
            }
        }
    }

    [Theory]
    [InlineData("{\"name\":\"a\",\"price_key\":\"ak\",\"per\":0,\"dimensions\":{}}", "units.jsonl:2: per is above 0")]
    [InlineData("{\"name\":\"a\",\"price_key\":\"ak\",\"per\":1,\"dimensions\":{}}\n{\"name\":\"a\",\"price_key\":\"bk\",\"per\":1,\"dimensions\":{}}", "units.jsonl: more than 64 units, or two of one name")]
    public void Read_OfUnitsThatNothingCanBePricedBy_NamesTheFile(string units, string problem) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => Read("units", Encoding.UTF8.GetBytes($"{TestCatalogue.Head}\n{units}"))).Message);

    [Theory]
    [InlineData("\n\n{\"provider\":\"a\"}", 3)]
    [InlineData("\r\n  \t\r\n\r\n{\"provider\":\"a\"}\r\n", 4)]
    [InlineData("\uFEFF\n{\"provider\":\"a\"}", 2)]
    public void Read_AfterBlankLines_NamesTheLineOfTheFile(string text, int line)
    {
        foreach (var kind in (string[])["overrides", "contracts", "models"])
            Assert.StartsWith($"{kind}:{line}: ", Assert.Throws<DataFormatException>(() => Read(kind, Encoding.UTF8.GetBytes(text))).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n \r\n")]
    public void Read_OfBlankLinesOnly_GivesNothing(string text)
    {
        Assert.Null(OverrideFile.Read("overrides", Encoding.UTF8.GetBytes(text), TestCatalogue.Instance));
        Assert.Empty(ContractFile.Read("contracts", Encoding.UTF8.GetBytes(text), TestCatalogue.Instance.Units));
        Assert.Equal(0, OwnModels.Read("models", Encoding.UTF8.GetBytes(text), ImpactDataFiles.Embedded).Count);
    }

    private static void Read(string kind, byte[] bytes)
    {
        switch (kind)
        {
            case "grid": HourlyGrid.Read(kind, bytes); break;
            case "models": OwnModels.Read(kind, bytes, ImpactDataFiles.Embedded); break;
            case "overrides": OverrideFile.Read(kind, bytes, TestCatalogue.Instance); break;
            case "contracts": ContractFile.Read(kind, bytes, TestCatalogue.Instance.Units); break;
            case "units": CatalogueFiles.Read(name => name == CatalogueFiles.Units ? bytes : Encoding.UTF8.GetBytes(TestCatalogue.Head)); break;
            case "providers": CatalogueFiles.Read(name => Encoding.UTF8.GetBytes(TestCatalogue.Head) is var head && name == CatalogueFiles.Providers ? bytes : head); break;
            default: ImpactDataFiles.Read(name => name == $"{kind}.jsonl" ? bytes : Encoding.UTF8.GetBytes($"{TestImpacts.Head}\n{TestImpacts.Files[name]}")); break;
        }
    }

    /// <summary>One value replaced by another, a piece doubled or cut out, or a byte changed.</summary>
    private static byte[] Spoilt(string valid, Random random)
    {
        var (start, length) = (random.Next(valid.Length), random.Next(1, 30));
        length = Math.Min(length, valid.Length - start);
        var piece = valid.Substring(start, length);
        switch (random.Next(5))
        {
            case 0: return Encoding.UTF8.GetBytes(valid.Insert(start, piece));
            case 1: return Encoding.UTF8.GetBytes(valid.Remove(start, length));
            case 2:
                var bytes = Encoding.UTF8.GetBytes(valid);
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 3:
                var member = valid.IndexOf(':', start);
                var end = member < 0 ? -1 : valid.IndexOfAny([',', '}', ']', '\n'], member);
                return end < 0 ? [] : Encoding.UTF8.GetBytes(valid[..(member + 1)] + Odd[random.Next(Odd.Length)] + valid[end..]);
            default:
                var (open, close) = (valid.LastIndexOf('{', start), valid.IndexOf(',', start));
                return close < open + 1 || open < 0 ? [] : Encoding.UTF8.GetBytes(valid.Insert(open + 1, valid[(open + 1)..close] + ","));
        }
    }
}
