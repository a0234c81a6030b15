using System.Text;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.Runtime.Tests.DeadLetters;

public sealed class DeadLetterRecordTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));

    [Fact]
    public void Of_Record_KeepsKeyBytesAndHeadersAndSaysWhatBecameOfIt()
    {
        var source = new LogRecord(new("llm-usage-raw", 7), 42, At, "id"u8.ToArray(), new byte[] { 0, 1, 2 }, [new RecordHeader("traceparent", "00-1"u8.ToArray())]);

        var record = DeadLetterRecord.Of(new DeadLetter(source, "usage-enricher", DeadLetterReason.Malformed, "cut off after 3 bytes"), At);

        Assert.Equal("llm-usage-raw.dead-letter", record.Topic);
        Assert.Equal("id"u8.ToArray(), record.Key.ToArray());
        Assert.Equal(new byte[] { 0, 1, 2 }, record.Value.ToArray());
        Assert.Equal(
            ["traceparent=00-1", "dl.reason=malformed", "dl.message=cut off after 3 bytes", "dl.stage=usage-enricher", "dl.topic=llm-usage-raw",
                "dl.partition=7", "dl.offset=42", "dl.time=2026-03-04T03:06:07.0000000Z"],
            record.Headers!.Select(header => $"{header.Name}={Encoding.UTF8.GetString(header.Value.Span)}"));
    }

    [Fact]
    public void Of_RedrivenRecordThatDiesAgain_SaysOnlyTheLastDeath()
    {
        var source = new LogRecord(new("t", 0), 1, At, default, default, [new RecordHeader(DeadLetterRecord.Reason, "malformed"u8.ToArray())]);

        var record = DeadLetterRecord.Of(new DeadLetter(source, "s", DeadLetterReason.StepFailed, new string('x', 5_000)), At);

        var reason = Assert.Single(record.Headers!, header => header.Name == DeadLetterRecord.Reason);
        Assert.Equal("step_failed", Encoding.UTF8.GetString(reason.Value.Span));
        Assert.Equal(DeadLetterRecord.MaxMessageChars, record.Headers!.First(header => header.Name == DeadLetterRecord.Message).Value.Length);
    }

    [Fact]
    public void NameOf_EveryReason_IsItsNameInSnakeCase()
    {
        foreach (var reason in Enum.GetValues<DeadLetterReason>())
        {
            var snake = string.Concat(reason.ToString().Select((letter, index) => char.IsUpper(letter) ? (index > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
            Assert.Equal(snake, DeadLetterRecord.NameOf(reason));
        }
    }
}
