using System.Text.Json;

namespace Pipeline.AllInOne.Demo;

/// <summary>What the demo provider needs to know of a call. The prompt's text is only measured.</summary>
/// <param name="Draw">64 bits from the seed and the request's bytes: the same call always gets the same reply.</param>
internal sealed record DemoRequest(string Model, bool IsStreaming, bool IncludesUsage, int BodyBytes, ulong Draw)
{
    private const ulong FnvOffset = 0xcbf29ce484222325;
    private const ulong FnvPrime = 0x100000001b3;

    /// <returns>Null when the body is not a JSON object with a model.</returns>
    public static DemoRequest? Read(ReadOnlyMemory<byte> body, ulong seed)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out var model)) return null;
            if (model.ValueKind != JsonValueKind.String) return null;
            var isStreaming = root.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
            var includesUsage = root.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
                && options.TryGetProperty("include_usage", out var include) && include.ValueKind == JsonValueKind.True;
            return new DemoRequest(model.GetString()!, isStreaming, includesUsage, body.Length, DrawOf(body.Span, seed));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A number below <paramref name="bound"/>; each <paramref name="purpose"/> draws anew.</summary>
    public int Pick(int purpose, int bound) => (int)(Mix(Draw + (ulong)purpose * 0x9e3779b97f4a7c15) % (ulong)bound);

    /// <summary>An id of 24 letters and digits behind the prefix.</summary>
    public string Id(string prefix) => $"{prefix}{Mix(Draw + 1):x16}{Mix(Draw + 2) >> 32:x8}";

    private static ulong DrawOf(ReadOnlySpan<byte> body, ulong seed)
    {
        var hash = FnvOffset ^ seed;
        foreach (var value in body) hash = (hash ^ value) * FnvPrime;
        return hash;
    }

    /// <summary>SplitMix64's finalizer.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
