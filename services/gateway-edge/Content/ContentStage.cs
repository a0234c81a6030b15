using System.Collections.Concurrent;
using System.Collections.Frozen;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Content;

/// <summary>A captured call that waits to be written.</summary>
internal readonly record struct CapturedCall(LLMUsageAudit Audit, CallCapture Capture);

/// <summary>
/// Decides which calls are captured, and holds them until they are written. Not through the spool: prompts shall not lie on the gateway's
/// disk, and the room of events shall not go to them. What finds no memory is dropped and counted; no reply waits for any of it.
/// </summary>
internal sealed class ContentStage
{
    /// <summary>A stream's texts are a small part of its bytes.</summary>
    private const int RawBytesPerKeptByte = 16;

    private readonly ContentOptions _options;
    private readonly FrozenSet<string> _tenants;
    private readonly bool _takesAll;

    public ContentStage(ContentOptions options)
    {
        _options = options;
        _tenants = options.Tenants.ToFrozenSet(StringComparer.Ordinal);
        _takesAll = _tenants.Contains(ContentOptions.AllTenants);
        Budget = new ContentBudget(options.MaxBufferedBytes);
    }

    public ContentBudget Budget { get; }

    /// <summary>Calls that wait to be written; bounded by the budget.</summary>
    public BlockingCollection<CapturedCall> Waiting { get; } = [];

    /// <summary>Whether anything is ever captured.</summary>
    public bool IsOn => _options.Tenants.Count > 0;

    /// <returns>Null = this call is not captured.</returns>
    public CallCapture? Begin(bool isUpstreamOn, Schemas.Attribution attribution) =>
        isUpstreamOn && (_takesAll || (attribution.Tenant is { } tenant && _tenants.Contains(tenant)))
            ? new CallCapture(Budget, RawBytesPerKeptByte * _options.MaxBytes)
            : null;

    public void End(CallCapture capture, LLMUsageAudit audit)
    {
        if (!capture.IsLost && TryAdd(new CapturedCall(audit, capture))) return;
        ContentMetrics.Dropped(capture.IsLost ? ContentLoss.MemoryFull : ContentLoss.Stopped);
        capture.Dispose();
    }

    private bool TryAdd(in CapturedCall call)
    {
        try
        {
            return Waiting.TryAdd(call);
        }
        catch (InvalidOperationException)
        {
            // The gateway stops: nothing is written any more.
            return false;
        }
    }
}
