using System.Collections.Frozen;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Videos;

/// <summary>
/// The method's models of videos, by their names to the letter. File `videos.jsonl`, after its head:
/// <code>
///   {name, regression: {n, m, m1, m2, n1, n2, g, non_audio_weight}, accelerators, power: {min, max}, server: {gwp, adpe, pe},
///    accelerator: {gwp, adpe, pe}, zone, pue, wue}
/// </code>
/// Immutable.
/// </summary>
internal sealed class VideoData
{
    public const string File = "videos.jsonl";

    private static readonly Lazy<VideoData> EmbeddedData = new(() => Read(DataSource.Embedded("impacts/")));

    private readonly FrozenDictionary<string, VideoModel> _models;

    private VideoData(IEnumerable<VideoModel> models) => _models = models.ToFrozenDictionary(static model => model.Name, StringComparer.Ordinal);

    public static VideoData Embedded => EmbeddedData.Value;

    public int ModelCount => _models.Count;

    public VideoModel? Find(string name) => _models.GetValueOrDefault(name);

    /// <exception cref="DataFormatException">The file is missing or a line is not what the format says.</exception>
    public static VideoData Read(Func<string, byte[]> read)
    {
        try
        {
            return new VideoData(DataLine.Split(File, read(File)).Skip(1).Select(static line => line.Read(ToModel)).ToArray());
        }
        catch (ArgumentException e)
        {
            throw new DataFormatException(File, 0, e.Message, e);
        }
    }

    private static VideoModel ToModel(JsonElement json)
    {
        var name = DataLine.Text(json, "name");
        var by = json.GetProperty("regression");
        return new VideoModel(
            name,
            new VideoRegression(Of(by, "n"), Of(by, "m"), Of(by, "m1"), Of(by, "m2"), Of(by, "n1"), Of(by, "n2"), Of(by, "g"), Of(by, "non_audio_weight")),
            new VideoMachine(
                ImpactDataFiles.RangeAboveZero(json.GetProperty("power")), Of(json, "accelerators"), ToMaking(json.GetProperty("server")),
                ToMaking(json.GetProperty("accelerator"))),
            new DataCentre(
                name, DataLine.Text(json, "zone"), ImpactDataFiles.RangeAboveZero(json.GetProperty("pue")),
                ImpactDataFiles.RangeOfAmounts(json.GetProperty("wue"))));
    }

    private static Making ToMaking(JsonElement json) => new(Of(json, "gwp"), Of(json, "adpe"), Of(json, "pe"));

    private static double Of(JsonElement json, string name) => ImpactDataFiles.RangeOfAmounts(json.GetProperty(name)).Min;
}
