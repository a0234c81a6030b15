using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;
using Xunit;

namespace Pipeline.Kibana.Tests.Checking;

public sealed class ImportCheckTests
{
    public static TheoryData<string> FaultNames => [.. SeededFaults.All.Select(static fault => fault.Name)];

    [Theory, MemberData(nameof(FaultNames))]
    public void Import_WithASeededFault_IsCaughtByItsRule(string name)
    {
        var fault = SeededFaults.All.Single(fault => fault.Name == name);
        var file = new EditableImport(ImportFile.Text());
        fault.Edit(file);
        Assert.Contains(ImportCheck.Of(file.Text(), SinkMapping.Types), finding => finding.Rule == fault.Caught);
    }

    [Fact]
    public void Import_OpenedAndClosed_IsTheSame() => Assert.Equal(ImportFile.Text(), new EditableImport(ImportFile.Text()).Text());

    [Fact]
    public void Import_WithoutItsLastLineBreak_IsCaught() =>
        Assert.Contains(ImportCheck.Of(ImportFile.Text().TrimEnd('\n'), SinkMapping.Types), static finding => finding.Rule == Rule.Lines);

    [Fact]
    public void Import_WithALineCutOff_IsCaught() =>
        Assert.Contains(ImportCheck.Of(ImportFile.Text()[..^100] + "\n", SinkMapping.Types), static finding => finding.Rule == Rule.Lines);

    [Fact]
    public void Import_BesideAMappingThatLostAField_IsCaught()
    {
        foreach (var field in (string[])["llm.cost.net_total", "llm.attribution.team", "@timestamp"])
        {
            var without = SinkMapping.Types.Where(entry => entry.Key != field).ToDictionary();
            Assert.Contains(ImportCheck.Of(ImportFile.Text(), without), finding => finding.Rule == Rule.Fields && finding.What.Contains(field));
        }
    }

    [Fact]
    public void Rules_AllOfThem_HaveASeededFault() =>
        Assert.Equal(Enum.GetValues<Rule>().Where(static rule => rule != Rule.Lines), SeededFaults.All.Select(static fault => fault.Caught).Distinct().Order());
}
