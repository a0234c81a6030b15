using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Ollama's own chat, generate and embed: streamed as one document a line. The counts stand at the top level of the last one; of a
/// prompt that was in the cache older servers leave the count out, which is not zero.
/// </summary>
internal sealed class OllamaNativeReader : ReplyReader
{
    private const int Done = 0, FirstCount = 1;

    private static readonly string[] CountNames =
    [
        "prompt_eval_count", "prompt_eval_cached_count", "eval_count", "prompt_eval_duration", "eval_duration", "total_duration", "load_duration",
    ];

    /// <summary>Those of <see cref="CountNames"/> that are tokens.</summary>
    private const int TokenCounts = 3;

    private static readonly JsonPath Tree = JsonPath.Root(
    [
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("done", Done),
        JsonPath.Value("done_reason", FactPlaces.FinishReason),
        ErrorPlaces.Place(),
        .. CountNames.Select((name, index) => JsonPath.Value(name, FirstCount + index)),
    ]);

    /// <summary>Longer ones are no counts.</summary>
    private const int MaxCountBytes = 64;

    private readonly Pieces[] _counts = [.. CountNames.Select(_ => new Pieces(MaxCountBytes, MaxCountBytes))];
    private readonly byte[][] _names = [.. CountNames.Select(name => Encoding.UTF8.GetBytes($"\"{name}\":"))];
    private readonly ArrayBufferWriter<byte> _usage = new(256);
    private bool _hasCounts;

    public override JsonPath Root => Tree;

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == Done)
        {
            IsLast = literal.SequenceEqual("true"u8);
            return;
        }

        _counts[slot - FirstCount].Clear();
        _counts[slot - FirstCount].Add(literal);
        _hasCounts |= slot < FirstCount + TokenCounts;
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into)
    {
        into.Input = into.Count(usage, "prompt_eval_count");
        into.CacheRead = into.Count(usage, "prompt_eval_cached_count");
        into.Output = into.Count(usage, "eval_count");
    }

    protected override DocumentMeaning Commit()
    {
        if (_hasCounts)
            StageUsage();

        return base.Commit();
    }

    protected override void Forget()
    {
        foreach (var count in _counts)
            count.Clear();

        _hasCounts = false;
    }

    /// <summary>The counts as one object, as other providers send them.</summary>
    private void StageUsage()
    {
        _usage.ResetWrittenCount();
        for (var index = 0; index < CountNames.Length; index++)
        {
            var count = _counts[index].Finish(default);
            if (count.IsEmpty)
                continue;

            _usage.Write(_usage.WrittenCount == 0 ? "{"u8 : ","u8);
            _usage.Write(_names[index]);
            _usage.Write(count);
        }

        _usage.Write("}"u8);
        Facts.Usage.Stage(_usage.WrittenSpan);
    }
}
