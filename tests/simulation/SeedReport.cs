using System.Globalization;
using System.Text;
using Pipeline.Runtime;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests;

/// <summary>Which seeds run, and what is printed about one that fails.</summary>
internal static class SeedReport
{
    private const int TraceLines = 40;

    public static int? First => Number("PIPELINE_SIM_FIRST");
    public static int? Count => Number("PIPELINE_SIM_SEEDS");

    /// <summary>The one seed to replay.</summary>
    public static int? Only => Number("PIPELINE_SIM_SEED");

    public static DeliberateFault Fault =>
        Enum.TryParse<DeliberateFault>(Environment.GetEnvironmentVariable("PIPELINE_SIM_FAULT"), out var fault) ? fault : DeliberateFault.None;

    /// <summary>Runs the failed seed again with its trace.</summary>
    public static string Of(RunResult failed, DeliberateFault fault, int traceLines = TraceLines)
    {
        var again = SeededRun.Run(failed.Seed, fault, isTraced: true);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {failed.Seed}, deliberate fault {fault}, {failed.Events} attempts");
        text.AppendLine(CultureInfo.InvariantCulture, $"violated: {failed.Violation!.Equation}");
        text.AppendLine(failed.Violation.Message);
        if (again.Violation?.Message != failed.Violation.Message) text.AppendLine(CultureInfo.InvariantCulture, $"the second run ended otherwise: {again.Violation?.Message ?? "well"}");
        text.AppendLine(CultureInfo.InvariantCulture, $"the last of {again.Trace.Count} lines of its trace:");
        foreach (var line in again.Trace.TakeLast(traceLines)) text.AppendLine(line);
        var setting = fault == DeliberateFault.None ? "" : $"PIPELINE_SIM_FAULT={fault} ";
        text.Append(CultureInfo.InvariantCulture, $"replay: PIPELINE_SIM_SEED={failed.Seed} {setting}./test simulation");
        return text.ToString();
    }

    private static int? Number(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
