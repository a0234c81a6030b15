using System.Text.Json;
using Pipeline.GatewayEdge.Explaining;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Explaining;

/// <summary>
/// The product's own exchanges, written by hand after the providers' documentation where no recording is at hand: one file each, in the
/// format of recordings, with what explain must say of it under <c>expected</c>.
/// </summary>
internal static class OwnFixtures
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "gateway-edge", "Metering", "Fixtures");

    public static TheoryData<string> Names => [.. Files().Select(file => Path.GetFileNameWithoutExtension(file))];

    public static IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal);

    public static string FileOf(string name) => Path.Combine(Folder, name + ".json");

    public static RecordedExchange Exchange(string name) => RecordedExchange.Read(FileOf(name));

    public static JsonElement Expected(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(FileOf(name))).RootElement.GetProperty("expected");
}
