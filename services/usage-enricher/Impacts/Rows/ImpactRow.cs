using System.Globalization;
using System.Text.Json;
using Pipeline.UsageEnricher.Impacts.Videos;

namespace Pipeline.UsageEnricher.Impacts.Rows;

/// <summary>A request by names that the data knows.</summary>
/// <param name="Zone">Null = the provider's own.</param>
internal readonly record struct NamedRow(string Provider, string Model, double OutputTokens, double? LatencySeconds, string? Zone);

/// <summary>
/// Reads a row to estimate. Members of a name that stands twice count as the last one.
/// <code>
///   {id, provider, model, output_tokens, request_latency_s | null, zone | null}   other members are ignored
///   {id, model, video: {duration_s, size, with_audio?}, request_latency_s?, zone?}   size is 720p, 1080p, 4k or (width)x(height)
///   {id, input: {model_active_parameter_count, model_total_parameter_count, output_token_count, request_latency | null, tps | null, ttft | null,
///                datacenter_pue, datacenter_wue, mix: {gwp, adpe, pe, wue}, any constant of the method}}   other members of input are errors
/// </code>
/// Parameters (in 1e9), `datacenter_pue` and `datacenter_wue` are a number or {min, max}.
/// </summary>
internal static class ImpactRow
{
    private const int MaxSide = 65_536;

    public static NamedRow ReadNamed(JsonElement row) => new(
        RowMember.Of(row, "provider").Text(),
        RowMember.Of(row, "model").Text(),
        RowMember.Of(row, "output_tokens").Amount(),
        RowMember.Of(row, "request_latency_s").OptionalAmount(),
        RowMember.Of(row, "zone").OptionalText());

    /// <returns>The video, and the zone: without the member the world, with null the provider's own, as the method has it.</returns>
    public static (VideoRequest Video, string? Zone) ReadVideo(JsonElement row, JsonElement video)
    {
        if (video.ValueKind != JsonValueKind.Object) throw new RowException("video", "give an object");
        var (width, height) = ReadSize(RowMember.Of(video, "size", "video."));
        return (
            new VideoRequest(
                width,
                height,
                RowMember.Of(video, "duration_s", "video.").Amount(),
                !video.TryGetProperty("with_audio", out var audio) || audio.ValueKind != JsonValueKind.False,
                RowMember.Of(row, "request_latency_s").OptionalAmount()),
            row.TryGetProperty("zone", out _) ? RowMember.Of(row, "zone").OptionalText() : ImpactData.World);
    }

    private static (double Width, double Height) ReadSize(RowMember member)
    {
        var size = member.Text().Trim().ToLowerInvariant();
        switch (size)
        {
            case "720p": return (1280, 720);
            case "1080p": return (1920, 1080);
            case "4k": return (3840, 2160);
        }

        var by = size.IndexOf('x', StringComparison.Ordinal);
        return by > 0 && int.TryParse(size.AsSpan(0, by), NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(size.AsSpan(by + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var height) && width is > 0 and <= MaxSide && height is > 0 and <= MaxSide
            ? (width, height)
            : throw new RowException(member.Path, $"give 720p, 1080p, 4k or a size such as 1280x720, up to {MaxSide}");
    }

    /// <param name="constants">What the row does not give itself.</param>
    /// <param name="formulas">With the row's own constants.</param>
    public static TextRequest ReadOwn(JsonElement input, MethodConstants constants, out TextFormulas formulas)
    {
        if (input.ValueKind != JsonValueKind.Object) throw new RowException("input", "give an object");
        foreach (var member in input.EnumerateObject())
            if (MethodConstants.IsName(member.Name)) constants = With(constants, member.Name, RowMember.Of(input, member.Name, "input."));
            else if (!IsKnown(member.Name)) throw new RowException($"input.{member.Name}", "unknown: leave it out, or correct its name");

        formulas = new TextFormulas(constants);
        return new TextRequest(
            Own("model_active_parameter_count").RangeAboveZero(),
            Own("model_total_parameter_count").RangeAboveZero(),
            Own("output_token_count").Amount(),
            Own("request_latency").OptionalAmount(),
            Own("tps").OptionalAboveZero(),
            Own("ttft").OptionalAmount(),
            Own("datacenter_pue").Range(),
            Own("datacenter_wue").Range(),
            ReadMix(Own("mix").Object()));

        RowMember Own(string name) => RowMember.Of(input, name, "input.");
    }

    private static MethodConstants With(MethodConstants constants, string name, RowMember member)
    {
        if (member.IsNull) return constants;
        return constants.With(name, name switch
        {
            "gpu_energy_beta" => member.Number(),
            "batch_size" or "gpu_memory" or "model_quantization_bits" or "server_gpu_count" or "server_lifetime" => member.AboveZero(),
            _ => member.Amount(),
        });
    }

    private static ElectricityMix ReadMix(JsonElement mix)
    {
        foreach (var member in mix.EnumerateObject())
            if (member.Name is not ("gwp" or "adpe" or "pe" or "wue")) throw new RowException($"input.mix.{member.Name}", "unknown: give gwp, adpe, pe and wue");
        return new ElectricityMix("", Of("gwp"), Of("adpe"), Of("pe"), Of("wue"), []);

        double Of(string name) => RowMember.Of(mix, name, "input.mix.").Amount();
    }

    private static bool IsKnown(string name) =>
        name is "model_active_parameter_count" or "model_total_parameter_count" or "output_token_count" or "request_latency" or "tps" or "ttft"
            or "datacenter_pue" or "datacenter_wue" or "mix";
}
