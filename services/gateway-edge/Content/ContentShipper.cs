using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Writes captured calls to llm-usage-content.
/// <code>
///   waiting ──(1) gather──► (2) render: put together, redact, cut ──► (3) one transaction ──► llm-usage-content
///                ▲                                                        │
///                └─────────── (4) log or registry away: wait ◄────────────┘
/// </code>
/// At best effort: while the log is away calls wait in memory up to the budget, and a stop gives up what is left. Every loss is counted.
/// </summary>
/// <remarks>Owns its thread while it runs.</remarks>
internal sealed partial class ContentShipper : IDisposable
{
    private const int MaxBatchRecords = 256;
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    /// <summary>Longest time that a stop waits for what is left.</summary>
    private static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FirstRetryWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxRetryWait = TimeSpan.FromSeconds(30);

    private readonly ContentStage _stage;
    private readonly ContentRendering _rendering;
    private readonly ILog _log;
    private readonly IReadOnlyList<TopicSpec> _topics;
    private readonly Func<string, int?> _schemaId;
    private readonly string _transactionalId;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RecordHeader[] _headers =
        [new(SchemaCatalog.FingerprintHeader, Encoding.ASCII.GetBytes(CallContent.Fingerprint.ToString("x16", CultureInfo.InvariantCulture)))];

    private readonly List<NewRecord> _records = [];
    private int _recordBytes;
    private CapturedCall? _first;
    private ILogWriter? _writer;
    private bool _isProvisioned;
    private RetryWait _retry = new(FirstRetryWait, MaxRetryWait);
    private volatile string? _trouble;

    /// <param name="topics">The product's topics as they shall be; the one that is written here is made when missing.</param>
    /// <param name="schemaId">Id of the given schema under subject `llm-usage-content-value`; null when the registry is away.</param>
    public ContentShipper(
        ContentStage stage, ContentOptions options, ILog log, IReadOnlyList<TopicSpec> topics, Func<string, int?> schemaId, string transactionalId, TimeProvider time, ILogger logger)
    {
        (_stage, _log, _schemaId, _transactionalId, _time, _logger) = (stage, log, schemaId, transactionalId, time, logger);
        _topics = [.. topics.Where(static topic => topic.Name == Topics.Content)];
        _rendering = new ContentRendering(new Redaction(options.Redactions), options.MaxBytes);
    }

    /// <summary>The gateway stays ready: what waits here is not what it is for.</summary>
    public CheckResult Check() => _trouble is { } trouble ? CheckResult.Warning($"captured content waits: {trouble}") : CheckResult.Ok;

    /// <summary>Runs until <paramref name="stop"/>, then writes what is left within a bound.</summary>
    public void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = Turn(stop);
            if (wait > TimeSpan.Zero) stop.WaitHandle.WaitOne(wait);
        }

        _stage.Waiting.CompleteAdding();
        var began = _time.GetTimestamp();
        while (Left > 0 && _time.GetElapsedTime(began) < DrainBound && Turn(CancellationToken.None) == TimeSpan.Zero)
        {
        }

        if (Left is > 0 and var left) ContentMetrics.Dropped(ContentLoss.Stopped, left);
        Dispose();
    }

    /// <summary>One turn: at most one committed transaction.</summary>
    /// <returns>How long to wait before the next turn.</returns>
    public TimeSpan Turn(CancellationToken stop)
    {
        if (_records.Count == 0 && _first is null && !AwaitFirst(stop)) return TimeSpan.Zero;
        if (!_isProvisioned && !Provision()) return Later();
        if (_writer is null && (_writer = _log.OpenWriter(_transactionalId, out var reason)) is null) return Later($"no transactional writer: {reason}");
        if (_schemaId(CallContent.SchemaJson) is not { } schemaId) return Later("the schema has no id yet");
        Gather(schemaId);                                                                           // (1), (2)
        return Write();                                                                             // (3)
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private int Left => _records.Count + (_first is null ? 0 : 1) + _stage.Waiting.Count;

    private bool AwaitFirst(CancellationToken stop)
    {
        try
        {
            if (!_stage.Waiting.TryTake(out var first, (int)Interval.TotalMilliseconds, stop)) return false;
            _first = first;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool Provision()
    {
        var defects = _log.Provision(_topics);
        _isProvisioned = defects is { Count: 0 };
        _trouble = defects is null ? "the log cannot be reached" : defects.Count > 0 ? string.Join(' ', defects) : null;
        return _isProvisioned;
    }

    private void Gather(int schemaId)
    {
        if (_first is { } first) Add(first, schemaId);
        _first = null;
        while (_records.Count < MaxBatchRecords && _recordBytes < MaxBatchBytes && _stage.Waiting.TryTake(out var next)) Add(next, schemaId);
    }

    private void Add(in CapturedCall call, int schemaId)
    {
        using var writer = new AvroWriter();
        var content = _rendering.Render(call.Audit, call.Capture);
        call.Capture.Dispose();
        ContentMetrics.Replaced(content.Redactions);
        ConfluentFrame.Write(writer, schemaId, content);
        _records.Add(new NewRecord(Topics.Content, Encoding.ASCII.GetBytes(content.EventId.ToString()), writer.WrittenSpan.ToArray(), null, _headers));
        _recordBytes += writer.Length;
    }

    private TimeSpan Write()
    {
        while (_records.Count > 0)
        {
            var result = _writer!.Execute(new LogTransaction(_records, null));
            if (result.Outcome == TransactionOutcome.Committed)
            {
                ContentMetrics.Written(_records.Count);
                break;
            }

            if (result.Outcome != TransactionOutcome.Refused)
            {
                if (result.IsWriterSpent) Dispose();
                return Later($"the last transaction ended {result.Outcome}: {result.Reason}");          // (4)
            }

            for (var i = result.Refused!.Count - 1; i >= 0; i--) _records.RemoveAt(result.Refused[i]);
            ContentMetrics.Dropped(ContentLoss.Refused, result.Refused.Count);
            ContentRefused(_logger, result.Refused.Count, result.Reason);
        }

        _records.Clear();
        _recordBytes = 0;
        _retry = _retry.AfterSuccess();
        _trouble = null;
        return TimeSpan.Zero;
    }

    private TimeSpan Later(string? reason = null)
    {
        if (reason is not null) _trouble = reason;
        _retry = _retry.AfterFailure();
        return _retry.Current;
    }

    [LoggerMessage(50, LogLevel.Error, "ContentRefused: {Count} captured calls: {Reason}", EventName = "ContentRefused")]
    private static partial void ContentRefused(ILogger logger, int count, string? reason);
}
