using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Takes a provider's overlapping figures apart, so that no token is in two parts and the parts add up to the totals.
/// </summary>
/// <remarks>
/// Two subsets of one whole that together exceed it must overlap by the excess at least: that much goes to the overlap by name and out
/// of both, which keeps every reported figure recoverable. Only what still does not fit (a subset larger than its whole) is
/// clamped, and the usage is inconsistent.
/// </remarks>
internal static class TokenVector
{
    public static (TokenUsage Usage, UsageQuality Quality) From(UsageFigures figures)
    {
        var isConsistent = !figures.IsSuspect;
        var overlaps = new Dictionary<string, long>();
        var input = Bounded(figures.Input, ref isConsistent);
        var output = Bounded(figures.Output, ref isConsistent);

        // Cache writes: what the parts with a known time to live leave over.
        var writeRest = figures.CacheWrite - ((figures.CacheWrite5m ?? 0) + (figures.CacheWrite1h ?? 0));
        if (writeRest < 0)
        {
            writeRest = 0;
            isConsistent = false;
        }

        var inputSide = new Side(input, overlaps);
        var cacheRead = inputSide.Add("cache_read", figures.CacheRead);
        var cacheWrite = inputSide.Add("cache_write", writeRest);
        var cacheWrite5m = inputSide.Add("cache_write_5m", figures.CacheWrite5m);
        var cacheWrite1h = inputSide.Add("cache_write_1h", figures.CacheWrite1h);
        var audio = inputSide.Add("audio", figures.InputAudio);
        var image = inputSide.Add("image", figures.InputImage);
        var video = inputSide.Add("video", figures.InputVideo);
        var toolUse = inputSide.Add("tool_use_prompt", figures.ToolUsePrompt);
        inputSide.Overlap(cacheRead, audio, figures.CacheReadAudio);
        inputSide.Overlap(cacheRead, image, figures.CacheReadImage);
        inputSide.Overlap(cacheRead, video, figures.CacheReadVideo);
        var uncached = inputSide.Rest(
            [(cacheRead, audio), (cacheRead, image), (cacheRead, video), (cacheWrite, audio), (cacheWrite, image)]);

        var outputSide = new Side(output, overlaps);
        var reasoning = outputSide.Add("reasoning", figures.Reasoning);
        var outputAudio = outputSide.Add("audio", figures.OutputAudio);
        var outputImage = outputSide.Add("image", figures.OutputImage);
        var text = outputSide.Rest([(reasoning, outputAudio), (reasoning, outputImage)]);

        isConsistent &= inputSide.IsConsistent && outputSide.IsConsistent;
        if (figures.Total is { } total && input is { } read)
            isConsistent &= total == read + (output ?? 0);

        var usage = new TokenUsage
        {
            InputUncached = uncached,
            CacheRead = inputSide[cacheRead],
            CacheWrite = inputSide[cacheWrite],
            CacheWrite5m = inputSide[cacheWrite5m],
            CacheWrite1h = inputSide[cacheWrite1h],
            InputAudio = inputSide[audio],
            InputImage = inputSide[image],
            InputVideo = inputSide[video],
            ToolUsePrompt = inputSide[toolUse],
            OutputText = text,
            Reasoning = outputSide[reasoning],
            OutputAudio = outputSide[outputAudio],
            OutputImage = outputSide[outputImage],
            Overlaps = overlaps,
            InputTotal = input,
            OutputTotal = output,
            ProviderTotal = figures.Total,
            CachedReported = figures.CacheRead,
        };
        return (usage, isConsistent ? UsageQuality.Consistent : UsageQuality.Inconsistent);
    }

    /// <summary>Sums of believable counts may themselves be beyond belief.</summary>
    private static long? Bounded(long? total, ref bool isConsistent)
    {
        if (total is not (< 0 or > TokenCount.Max))
            return total;

        isConsistent = false;
        return null;
    }

    /// <summary>One whole (all input, or all output) and its parts.</summary>
    private sealed class Side(long? whole, Dictionary<string, long> overlaps)
    {
        private readonly List<(string Name, long? Count)> _parts = [];
        private readonly List<string> _overlapNames = [];

        public bool IsConsistent { get; private set; } = true;

        public long? this[int part] => _parts[part].Count;

        public int Add(string name, long? count)
        {
            if (count > whole)
            {
                count = whole;
                IsConsistent = false;
            }

            _parts.Add((name, count));
            return _parts.Count - 1;
        }

        /// <summary>Moves tokens that are in both parts out of both.</summary>
        public void Overlap(int first, int second, long? shared)
        {
            if (shared is not > 0)
                return;

            // A breakdown of the cache alone: the modality's own figure was left out by the provider.
            if (this[second] is null)
                Set(second, shared.Value);

            var fits = Math.Min(shared.Value, Math.Min(this[first] ?? 0, this[second] ?? 0));
            IsConsistent &= fits == shared;
            Move(first, second, fits);
        }

        /// <summary>What no part has; null when the whole is not known.</summary>
        /// <param name="mayOverlap">Pairs that can share tokens when the parts exceed the whole.</param>
        public long? Rest(ReadOnlySpan<(int First, int Second)> mayOverlap)
        {
            if (whole is not { } all)
                return null;

            foreach (var (first, second) in mayOverlap)
                Move(first, second, Math.Min(Excess(all), Math.Min(this[first] ?? 0, this[second] ?? 0)));

            for (var part = _parts.Count - 1; part >= 0 && Excess(all) > 0; part--)
            {
                IsConsistent = false;
                Set(part, Math.Max(0, (this[part] ?? 0) - Excess(all)));
            }

            foreach (var name in _overlapNames)
                overlaps[name] -= Math.Min(overlaps[name], Excess(all));

            return all - Sum();
        }

        private long Sum()
        {
            var sum = 0L;
            foreach (var name in _overlapNames)
                sum += overlaps[name];
            foreach (var (_, count) in _parts)
                sum += count ?? 0;
            return sum;
        }

        private long Excess(long all) => Math.Max(0, Sum() - all);

        private void Move(int first, int second, long shared)
        {
            if (shared <= 0)
                return;

            Set(first, this[first]!.Value - shared);
            Set(second, this[second]!.Value - shared);
            var name = $"{_parts[first].Name}_{_parts[second].Name}";
            if (!overlaps.ContainsKey(name))
                _overlapNames.Add(name);
            overlaps[name] = overlaps.GetValueOrDefault(name) + shared;
        }

        private void Set(int part, long count) => _parts[part] = (_parts[part].Name, count);
    }
}
