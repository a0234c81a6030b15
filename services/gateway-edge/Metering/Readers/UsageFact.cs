using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The provider's usage object as it stands. A snapshot replaces the one before; where a provider splits one usage over several
/// events, members are merged, the last non-null value of each winning. Nothing is ever added up.
/// </summary>
internal sealed class UsageFact
{
    private ArrayBufferWriter<byte> _kept = new(1024);
    private ArrayBufferWriter<byte> _staged = new(1024);
    private bool _isStaged;
    private bool _isMerging;
    private bool _isStagedOfStart;
    private bool _isRelay;

    public bool IsKnown => _kept.WrittenCount > 0;

    public ReadOnlyMemory<byte> Json => _kept.WrittenMemory;

    /// <summary>Usage objects that were not valid JSON.</summary>
    public int Failures { get; private set; }

    /// <summary>What is kept came with a stream's start: its output is no count of what was written.</summary>
    public bool IsOfStart { get; private set; }

    /// <param name="isRelay">The host is not the provider itself: see <see cref="UsageMerge"/>.</param>
    public void Reset(bool isRelay)
    {
        _kept.ResetWrittenCount();
        _isRelay = isRelay;
        Failures = 0;
        IsOfStart = false;
        Discard();
    }

    /// <param name="json">The object as it stands.</param>
    /// <param name="merge">Its members are put over those that are kept; else it replaces them.</param>
    /// <param name="isOfStart">It comes with a stream's start.</param>
    public void Stage(ReadOnlySpan<byte> json, bool merge = false, bool isOfStart = false)
    {
        _staged.ResetWrittenCount();
        _staged.Write(json);
        _isStaged = true;
        _isMerging = merge;
        _isStagedOfStart = isOfStart;
    }

    public void Discard() => _isStaged = false;

    public void Commit()
    {
        if (!_isStaged)
            return;

        _isStaged = false;
        IsOfStart = _isStagedOfStart;
        if (_isMerging && IsKnown)
            Merge();
        else
            (_kept, _staged) = (_staged, _kept);
    }

    private void Merge()
    {
        var merged = new ArrayBufferWriter<byte>(_kept.WrittenCount + _staged.WrittenCount);
        if (UsageMerge.TryMerge(_kept.WrittenMemory, _staged.WrittenMemory, _isRelay, merged))
            _kept = merged;
        else
            Failures++;
    }
}
