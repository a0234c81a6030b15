using System.Globalization;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.Benchmarks.Metering;

/// <summary>
/// How fast replies go through the meter, read in pieces as sockets give them. The peer is the cheapest thing a proxy could
/// do with the same bytes: look for line ends.
/// </summary>
internal static class ScanBenchmark
{
    private const int SocketReadBytes = 4096;

    private sealed record Case(string Name, ApiFamily Family, byte[] Body, bool IsInjected = false);

    public static int Run(string[] args)
    {
        var seconds = args is [var given, ..] && double.TryParse(given, CultureInfo.InvariantCulture, out var number) ? number : 2;
        var share = TimeSpan.FromSeconds(seconds);
        Console.WriteLine($"{"case",-28}{"chunks",-12}{"GB/s",8}{"line ends GB/s",16}{"ratio",8}{"B/chunk",10}");
        foreach (var sample in Cases().Where(sample => args is not [_, var wanted, ..] || sample.Name.Contains(wanted, StringComparison.Ordinal)))
        {
            foreach (var (name, chunks) in Chunkings(sample.Body))
                Report(sample, name, chunks, share);
        }

        Console.WriteLine();
        Console.WriteLine($"{"whole reply, begin to end",-40}{"us",8}{"B",10}");
        ReportWhole("openai.chat plain, 100 words", OpenAIApis.Chat, SampleReplies.PlainChat(100), share);
        ReportWhole("openai.chat stream, 32 chunks", OpenAIApis.Chat, SampleReplies.OpenAIChatStream(32), share);
        ReportWhole("anthropic.messages stream, 32 chunks", AnthropicApis.Messages, SampleReplies.AnthropicStream(32), share);
        return 0;
    }

    private static void ReportWhole(string name, ApiFamily family, byte[] body, TimeSpan share)
    {
        var meter = new ReplyMeter();
        long tokens = 0;
        var measured = Measure.Run(share, () =>
        {
            meter.Begin(family, 200, "", "", isInjected: false, isRelay: false);
            meter.Feed(body);
            tokens += meter.End(transportComplete: true).Usage!.OutputTotal ?? 0;
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-40}{measured.BestSeconds * 1e6,8:F2}{measured.AllocatedBytes,10:F0}"));
        GC.KeepAlive(tokens);
    }

    private static IEnumerable<Case> Cases()
    {
        yield return new("openai.chat stream", OpenAIApis.Chat, SampleReplies.OpenAIChatStream(1000));
        yield return new("openai.chat injected", OpenAIApis.Chat, SampleReplies.OpenAIChatStream(1000), IsInjected: true);
        yield return new("openai.responses stream", OpenAIApis.Responses, SampleReplies.ResponsesStream(1000));
        yield return new("anthropic.messages stream", AnthropicApis.Messages, SampleReplies.AnthropicStream(1000));
        yield return new("google.stream", GoogleApis.StreamGenerateContent, SampleReplies.GeminiStream(300));
        yield return new("openai.chat plain", OpenAIApis.Chat, SampleReplies.PlainChat(50_000));
        yield return new("openai.embeddings", OpenAIApis.Embeddings, SampleReplies.Embeddings(16));
    }

    private static IEnumerable<(string Name, ReadOnlyMemory<byte>[] Chunks)> Chunkings(byte[] body)
    {
        yield return ("4 KiB", [.. Split(body, SocketReadBytes)]);
        if (body.AsSpan().IndexOf("\n\n"u8) >= 0)
            yield return ("one event", [.. Events(body)]);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Split(byte[] body, int size)
    {
        for (var at = 0; at < body.Length; at += size)
            yield return body.AsMemory(at, Math.Min(size, body.Length - at));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Events(byte[] body)
    {
        for (var at = 0; at < body.Length;)
        {
            var length = body.AsSpan(at).IndexOf("\n\n"u8);
            length = length < 0 ? body.Length - at : length + 2;
            yield return body.AsMemory(at, length);
            at += length;
        }
    }

    private static void Report(Case sample, string chunking, ReadOnlyMemory<byte>[] chunks, TimeSpan share)
    {
        var meter = new ReplyMeter();
        void Begin() => meter.Begin(sample.Family, 200, "", "", sample.IsInjected, isRelay: false);
        long forwarded = 0;
        var metered = Measure.Run(share, () =>
        {
            Begin();
            foreach (var chunk in chunks)
                forwarded += meter.Feed(chunk.Span).ForwardNow;
        });

        // What a reply costs once, not per chunk: its start, and the facts kept when they are new.
        var once = Measure.Run(share / 4, () =>
        {
            Begin();
            forwarded += meter.Feed(chunks[0].Span).ForwardNow + meter.Feed(chunks[^1].Span).ForwardNow;
        });
        var lineEnds = Measure.Run(share / 4, () =>
        {
            foreach (var chunk in chunks)
                forwarded += LineEnds(chunk.Span);
        });

        var perChunk = Math.Max(0, metered.AllocatedBytes - once.AllocatedBytes) / chunks.Length;
        var speed = metered.GigabytesPerSecond(sample.Body.Length);
        var peer = lineEnds.GigabytesPerSecond(sample.Body.Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sample.Name,-28}{chunking,-12}{speed,8:F2}{peer,16:F2}{speed / peer,8:F3}{perChunk,10:F1}"));
        GC.KeepAlive(forwarded);
    }

    private static int LineEnds(ReadOnlySpan<byte> bytes)
    {
        var lines = 0;
        for (var at = bytes.IndexOf((byte)'\n'); at >= 0; at = bytes.IndexOf((byte)'\n'))
        {
            lines++;
            bytes = bytes[(at + 1)..];
        }

        return lines;
    }
}
