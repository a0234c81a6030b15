using System.Threading.Channels;
using Pipeline.AllInOne.Demo;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Xunit;

namespace Pipeline.AllInOne.Tests.Demo;

public sealed class LiveTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;
    private readonly CallJournal _journal;
    private readonly Channel<string> _alerts = Channel.CreateUnbounded<string>();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public LiveTableTests() => _journal = CallJournal.Open(Path.Combine(_folder, "calls"));

    public void Dispose()
    {
        _journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Alert_WithoutATerminal_IsALine()
    {
        _alerts.Writer.TryWrite("alert    one");

        Table(isTerminal: false).ShowAlerts();

        Assert.Equal("alert    one\n", _output.ToString());
    }

    [Fact]
    public void Alerts_OverAPaintedTable_StayAboveTheNextOne()
    {
        var table = Table(isTerminal: true);
        table.Show();
        var painted = _output.ToString().Count(static character => character == '\n');
        _alerts.Writer.TryWrite("alert    one");
        _alerts.Writer.TryWrite("alert    two");
        _output.GetStringBuilder().Clear();

        table.ShowAlerts();
        table.Show();

        Assert.StartsWith($"\u001b[{painted}A\u001b[Jalert    one\nalert    two\nteam ", _output.ToString());
    }

    private LiveTable Table(bool isTerminal) =>
        new(new DocumentView(), new BudgetStandings(), _alerts.Reader, new DemoTally(_journal), _output, isTerminal, TimeProvider.System);
}
