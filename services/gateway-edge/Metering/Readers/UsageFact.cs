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
    private bool _isRelay;

    public bool IsKnown => _kept.WrittenCount > 0;

    public ReadOnlyMemory<byte> Json => _kept.WrittenMemory;

    /// <summary>Usage objects that were not valid JSON.</summary>
    public int Failures { get; private set; }

    public bool IsStaged => _isStaged;

    /// <param name="isRelay">The host is not the provider itself: see <see cref="UsageMerge"/>.</param>
    public void Reset(bool isRelay)
    {
        _kept.ResetWrittenCount();
        _isRelay = isRelay;
        Failures = 0;
        Discard();
    }

    public void Stage(ReadOnlySpan<byte> json, bool merge = false)
    {
        _staged.ResetWrittenCount();
        _staged.Write(json);
        _isStaged = true;
        _isMerging = merge;
    }

    public void Discard() => _isStaged = false;

    public void Commit()
    {
        if (!_isStaged)
            return;

        _isStaged = false;
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
