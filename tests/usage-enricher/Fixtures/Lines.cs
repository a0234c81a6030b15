using System.Text;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

internal static class Lines
{
    public static string[] Of(MemoryStream written) =>
        Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
