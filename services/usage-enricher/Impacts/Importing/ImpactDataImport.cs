using System.Text.Json;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Importing;

/// <summary>
/// Carries EcoLogits' data over into the product's own format. Repeatable: the same input gives the same bytes. Order and figures
/// are kept as written; what no estimate needs (links to sources, kinds of architecture) is left out. A member that this import does not know
/// stops it: it may change estimates. Models and providers that the folder has from before and the source dropped are kept, marked.
/// </summary>
internal static class ImpactDataImport
{
    private const string Name = "ecologits";
    private const string Source = "https://github.com/mlco2/ecologits";
    private const string Licence = "MPL-2.0";
    private const string Copyright = "Samuel Rince, Adrien Banse and the contributors of EcoLogits";

    /// <summary>The source's names where they are not the method's parameter in capitals.</summary>
    private static readonly Dictionary<string, string> ConstantNames = new(StringComparer.Ordinal)
    {
        ["SERVER_GPUS"] = "server_gpu_count",
        ["HARDWARE_LIFESPAN"] = "server_lifetime",
    };

    /// <param name="folder">Holds constants.json, providers.json, electricity_mixes.json, models.json and video_models.json.</param>
    /// <param name="outFolder">The data's files in it are replaced; others stay.</param>
    /// <returns>The data as read back from the files written.</returns>
    /// <exception cref="DataFormatException">What was written cannot be read: the input is not what this import knows.</exception>
    /// <exception cref="FormatException">The input is not what this import knows.</exception>
    public static ImpactData Run(string folder, string outFolder)
    {
        using var constants = Parse(folder, "constants.json");
        using var providers = Parse(folder, "providers.json");
        using var zones = Parse(folder, "electricity_mixes.json");
        using var models = Parse(folder, "models.json");
        using var videos = Parse(folder, "video_models.json");
        var head = new DataHead(Name, Release(constants, providers), Source, Licence, Copyright);

        Directory.CreateDirectory(outFolder);
        var retiredProviders = Before(ImpactDataFiles.Providers, static json => DataLine.Text(json, "provider"));
        var retiredModels = Before(ImpactDataFiles.Models, static json => $"{DataLine.Text(json, "provider")}/{DataLine.Text(json, "name")}");
        var retiredVideos = Before(VideoData.File, static json => DataLine.Text(json, "name"));
        Write(ImpactDataFiles.Constants, writer => WriteConstants(writer, constants.RootElement));
        Write(ImpactDataFiles.Providers, writer => WriteProviders(writer, providers.RootElement));
        Write(ImpactDataFiles.Zones, writer => WriteZones(writer, zones.RootElement));
        Write(ImpactDataFiles.Models, writer => SourceModels.Write(writer, models.RootElement));
        Write(VideoData.File, writer => SourceVideos.Write(writer, videos.RootElement));
        retiredProviders.AppendTo(Path.Combine(outFolder, ImpactDataFiles.Providers));
        retiredModels.AppendTo(Path.Combine(outFolder, ImpactDataFiles.Models));
        retiredVideos.AppendTo(Path.Combine(outFolder, VideoData.File));
        _ = VideoData.Read(DataSource.Folder(outFolder));
        return ImpactDataFiles.ReadFolder(outFolder);

        RetiredLines Before(string file, Func<JsonElement, string> keyOf) => new(Path.Combine(outFolder, file), keyOf);

        void Write(string file, Action<LineWriter> write)
        {
            using var writer = new LineWriter(Path.Combine(outFolder, file));
            head.Write(writer);
            write(writer);
        }
    }

    private static JsonDocument Parse(string folder, string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file)));

    private static string Release(JsonDocument constants, JsonDocument providers)
    {
        var (one, other) = (Of(constants), Of(providers));
        return one == other ? one : throw new FormatException($"constants are of release {one}, providers of {other}: take both from one release");

        static string Of(JsonDocument json) => DataLine.Text(json.RootElement, "ecologits_version");
    }

    private static void WriteConstants(LineWriter writer, JsonElement source)
    {
        SourceMembers.RefuseUnknown(source, "ecologits_version", "source", "constants");
        foreach (var constant in source.GetProperty("constants").EnumerateObject())
            writer.Line(json =>
            {
                json.WriteString("name", ConstantNames.GetValueOrDefault(constant.Name, constant.Name.ToLowerInvariant().Replace("_impact_", "_", StringComparison.Ordinal)));
                json.WritePropertyName("value");
                constant.Value.WriteTo(json);
            });
    }

    private static void WriteProviders(LineWriter writer, JsonElement source)
    {
        SourceMembers.RefuseUnknown(source, "ecologits_version", "source", "fallback_zone", "providers");
        if (DataLine.Text(source, "fallback_zone") != ImpactData.World) throw new FormatException($"fallback_zone is not {ImpactData.World}");
        foreach (var provider in source.GetProperty("providers").EnumerateObject())
        {
            SourceMembers.RefuseUnknown(provider.Value, "datacenter_location", "datacenter_pue", "datacenter_wue");
            writer.Line(json =>
            {
                json.WriteString("provider", provider.Name);
                SourceMembers.Copy(json, provider.Value, "datacenter_location", "zone");
                SourceMembers.Copy(json, provider.Value, "datacenter_pue", "pue");
                SourceMembers.Copy(json, provider.Value, "datacenter_wue", "wue");
            });
        }
    }

    private static void WriteZones(LineWriter writer, JsonElement source)
    {
        SourceMembers.RefuseUnknown(source, "electricity_mixes");
        foreach (var mix in source.GetProperty("electricity_mixes").EnumerateArray())
        {
            SourceMembers.RefuseUnknown(mix, "name", "gwp", "adpe", "pe", "wue", "warnings");
            writer.Line(json =>
            {
                json.WriteString("zone", DataLine.Text(mix, "name"));
                foreach (var factor in (string[])["gwp", "adpe", "pe", "wue"]) SourceMembers.Copy(json, mix, factor, factor);
                SourceMembers.CopyList(json, mix, "warnings");
            });
        }
    }
}
