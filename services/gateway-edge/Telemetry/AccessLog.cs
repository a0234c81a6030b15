using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>
/// Writes access log lines from a bounded queue. A call only puts its entry there: a slow disk or a full pipe costs lines, which are counted,
/// and no call waits.
/// </summary>
internal sealed class AccessLog
{
    private const int MaxBatchBytes = 64 * 1024;

    private static readonly Counter<long> Dropped = PipelineMeter.Counter(
        "pipeline_gateway_dropped_access_log_lines_total", "Access log lines that were not written: queue_full or write_failed.", "reason");

    private static readonly KeyValuePair<string, object?> QueueFull = new("reason", "queue_full");
    private static readonly KeyValuePair<string, object?> WriteFailed = new("reason", "write_failed");

    private readonly AccessLogOptions _options;
    private readonly Func<Stream> _open;
    private readonly Channel<AccessLogEntry> _queue;

    // Of the writing task.
    private readonly ArrayBufferWriter<byte> _lines = new(MaxBatchBytes);
    private readonly Utf8JsonWriter _json;
    private Stream? _target;
    private Task? _writing;
    private int _droppedLines;

    /// <param name="open">Opens the target; null = as the options say.</param>
    public AccessLog(AccessLogOptions options, Func<Stream>? open = null)
    {
        _options = options;
        _open = open ?? Open;
        _queue = Channel.CreateBounded<AccessLogEntry>(new BoundedChannelOptions(options.MaxQueued) { SingleReader = true });
        _json = new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public bool IsOn => _options.Target != AccessLogTarget.Off;

    /// <summary>Lines that were not written.</summary>
    public int DroppedLines => Volatile.Read(ref _droppedLines);

    public void Add(in AccessLogEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry)) Drop(1, QueueFull);
    }

    public void Start() => _writing = IsOn ? Task.Run(WriteAsync) : Task.CompletedTask;

    /// <summary>Writes what is queued within the bound; the rest is left.</summary>
    public async Task StopAsync(TimeSpan bound, TimeProvider time)
    {
        _queue.Writer.TryComplete();
        try
        {
            if (_writing is not null) await _writing.WaitAsync(bound, time);
        }
        catch (TimeoutException)
        {
            // A reader of the pipe that takes nothing more must not hold the stop.
        }
    }

    private async Task WriteAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            _lines.ResetWrittenCount();
            var count = 0;
            for (; _lines.WrittenCount < MaxBatchBytes && _queue.Reader.TryRead(out var entry); count++) entry.Write(_lines, _json);
            try
            {
                if (_options.Target == AccessLogTarget.File && _target is not null && !File.Exists(_options.Path)) Close();
                _target ??= _open();
                await _target.WriteAsync(_lines.WrittenMemory);
                await _target.FlushAsync();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Drop(count, WriteFailed);
                Close();
            }
        }

        Close();
    }

    private Stream Open() => _options.Target == AccessLogTarget.Stdout
        ? Console.OpenStandardOutput()
        : new FileStream(_options.Path!, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private void Close()
    {
        _target?.Dispose();
        _target = null;
    }

    private void Drop(int lines, in KeyValuePair<string, object?> reason)
    {
        Interlocked.Add(ref _droppedLines, lines);
        Dropped.Add(lines, reason);
    }
}
