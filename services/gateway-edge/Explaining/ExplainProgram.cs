using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Explaining;

/// <summary>`gateway-edge explain FILE…`: says of recorded exchanges what the gateway would make of them, one line of JSON each.</summary>
internal static class ExplainProgram
{
    private const string Usage = "usage: gateway-edge explain FILE…  (each FILE one recorded exchange as JSON; one line each, in order)";

    /// <returns>0 = every file was read; 1 = at least one was not, its line says why; 2 = no file named.</returns>
    public static int Run(IReadOnlyList<string> files, TextWriter output, TextWriter errors)
    {
        if (files.Count == 0 || files[0] is "--help" or "-h")
        {
            (files.Count == 0 ? errors : output).WriteLine(Usage);
            return files.Count == 0 ? 2 : 0;
        }

        var meter = new ReplyMeter();
        var areAllRead = true;
        foreach (var file in files)
        {
            try
            {
                output.WriteLine(ExplainedLine.Of(ExplainedExchange.Of(RecordedExchange.Read(file), meter)));
            }
            catch (Exception failure) when (failure is FormatException or IOException or UnauthorizedAccessException)
            {
                areAllRead = false;
                output.WriteLine(ExplainedLine.OfUnreadable(file, failure.Message));
            }
        }

        return areAllRead ? 0 : 1;
    }
}
