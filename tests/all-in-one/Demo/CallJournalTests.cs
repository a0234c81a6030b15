using Pipeline.AllInOne.Demo;
using Xunit;

namespace Pipeline.AllInOne.Tests.Demo;

public sealed class CallJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    private string File => Path.Combine(_folder, "data", "demo-calls");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Journal_KilledWithCallsOpen_KeepsTheCountAndKnowsWhatWasCutOff()
    {
        // Not disposed: a killed process closes nothing.
        var killed = CallJournal.Open(File);
        for (var i = 0; i < 5; i++) killed.End(killed.Begin());
        var open = killed.Begin();

        using var again = CallJournal.Open(File);

        Assert.Equal((5, 1), (again.Completed, again.CutOffCount));
        Assert.True(again.IsCutOff($"demo-{open}"));
        Assert.Equal(open + 1, again.Begin());
    }

    [Fact]
    public void Journal_TornLastLine_IsPassedOver()
    {
        using (var first = CallJournal.Open(File)) first.End(first.Begin());
        System.IO.File.AppendAllText(File, "begin 2\nen");

        using var again = CallJournal.Open(File);

        Assert.Equal((1, 1), (again.Completed, again.CutOffCount));
        Assert.Equal(3, again.Begin());
    }

    [Fact]
    public void Journal_ManyCalls_StaysBoundedAndExact()
    {
        using (var first = CallJournal.Open(File))
            for (var i = 0; i < 60_000; i++) first.End(first.Begin());
        Assert.InRange(new FileInfo(File).Length, 1, 1_100_000);

        using var again = CallJournal.Open(File);

        Assert.Equal((60_000, 0), (again.Completed, again.CutOffCount));
    }
}
