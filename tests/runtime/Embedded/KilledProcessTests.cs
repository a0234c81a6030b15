using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Tests.Segments;
using Xunit;
using static Pipeline.Runtime.Tests.Embedded.EmbeddedWorld;

namespace Pipeline.Runtime.Tests.Embedded;

/// <summary>A real process that writes transactions and is killed with SIGKILL, again and again.</summary>
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const int Kills = 6;

    [Fact]
    public void Kill_WhileWriting_LosesNoAcknowledgedTransactionAndTearsNone()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        var acknowledged = -1L;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var child = KilledProcess.Start(folder.Path);
            for (var lines = random.Next(1, 400); lines > 0; lines--)
                acknowledged = long.Parse(child.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the child ended by itself"), CultureInfo.InvariantCulture);
            child.Kill();
            // What it still said before it died counts too.
            while (child.StandardOutput.ReadLine() is { } line)
                if (line.Length > 0 && long.TryParse(line, CultureInfo.InvariantCulture, out var last)) acknowledged = Math.Max(acknowledged, last);
            child.WaitForExit();

            using var log = OpenWithTopics(new FileDisk(folder.Path));
            var next = log.ReadPosition(Group, new(Input, 0)).Next!.Value;
            var expected = Enumerable.Range(0, (int)next).Select(static number => (long)number).ToArray();
            Assert.Equal(expected, ReadAll(log, Input).Select(NumberOf).Order());
            Assert.Equal(expected, ReadAll(log, Output).Select(NumberOf).Order());
            Assert.InRange(next, acknowledged + 1, acknowledged + 2);
        }

        output.WriteLine($"{acknowledged + 1} transactions over {Kills} kills");
    }
}

/// <summary>The mode of this test program in which it is that process.</summary>
internal static class KilledProcess
{
    private const string FolderVariable = "PIPELINE_KILLED_PROCESS_FOLDER";

    public static Process Start(string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(KilledProcess).Assembly.Location]) { RedirectStandardOutput = true };
        if (!Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.Ordinal)) start.ArgumentList.Clear();
        start.Environment[FolderVariable] = folder;
        return Process.Start(start)!;
    }

    /// <summary>Runs before the test runner's own main: each transaction has a record on both topics and the position behind its number.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { } folder) return;
        using var log = OpenWithTopics(new FileDisk(folder));
        var writer = Writer(log);
        using var acknowledgements = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        for (var number = log.ReadPosition(Group, new(Input, 0)).Next!.Value; ; number++)
        {
            var position = new PositionCommit(Group, new Dictionary<TopicPartition, long> { [new(Input, 0)] = number + 1 });
            var result = writer.Execute(new LogTransaction([Record(Input, number), Record(Output, number)], position));
            if (result.Outcome != TransactionOutcome.Committed) Environment.Exit(1);
            acknowledgements.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
