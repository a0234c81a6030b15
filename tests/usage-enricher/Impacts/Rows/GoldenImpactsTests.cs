using System.Text.Json;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Impacts.Rows;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts.Rows;

public sealed class GoldenImpactsTests
{
    [Theory]
    [InlineData("impacts/golden.jsonl")]
    [InlineData("impacts/golden-custom.jsonl")]
    public void Impact_OfEveryGoldenRow_AgreesWithTheReference(string name)
    {
        var golden = TestData.Path(name);
        using var rows = File.OpenRead(golden);
        using var answers = new MemoryStream();
        Assert.Equal(0, new ImpactRowsCommand(ImpactDataFiles.Embedded).Run(rows, answers));

        var expected = File.ReadAllLines(golden).Where(line => line.Length > 0).Select(Parse).ToArray();
        var actual = Lines.Of(answers).Select(Parse).ToArray();
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Empty(expected.Zip(actual).SelectMany(pair => Differences(pair.First, pair.Second)));
    }

    /// <summary>The answer is the id and then the members of what is expected, in its order and shape.</summary>
    private static IEnumerable<string> Differences(JsonElement row, JsonElement answer)
    {
        var id = row.GetProperty("id").GetString()!;
        var members = answer.EnumerateObject().ToArray();
        if (members[0].Name != "id" || members[0].Value.GetString() != id) return [$"{id}: answered as {members[0].Value}"];
        var wanted = row.GetProperty("expected").EnumerateObject().ToArray();
        return wanted.Select(member => member.Name).SequenceEqual(members[1..].Select(member => member.Name))
            ? wanted.Zip(members[1..]).SelectMany(pair => Compare($"{id}.{pair.First.Name}", pair.First.Value, pair.Second.Value))
            : [$"{id}: other members"];
    }

    private static IEnumerable<string> Compare(string path, JsonElement wanted, JsonElement found)
    {
        if (wanted.ValueKind != found.ValueKind) return [$"{path}: {found} instead of {wanted}"];
        switch (wanted.ValueKind)
        {
            case JsonValueKind.Object:
                var (left, right) = (wanted.EnumerateObject().ToArray(), found.EnumerateObject().ToArray());
                if (!left.Select(member => member.Name).SequenceEqual(right.Select(member => member.Name))) return [$"{path}: other members"];
                return left.Zip(right).SelectMany(pair => Compare($"{path}.{pair.First.Name}", pair.First.Value, pair.Second.Value));
            case JsonValueKind.Array:
                if (wanted.GetArrayLength() != found.GetArrayLength()) return [$"{path}: {found} instead of {wanted}"];
                return wanted.EnumerateArray().Zip(found.EnumerateArray()).SelectMany((pair, i) => Compare($"{path}[{i}]", pair.First, pair.Second));
            case JsonValueKind.Number:
                return Near.IsNear(wanted.GetDouble(), found.GetDouble()) ? [] : [$"{path}: {found} instead of {wanted}"];
            default:
                return wanted.ToString() == found.ToString() ? [] : [$"{path}: {found} instead of {wanted}"];
        }
    }

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;
}
