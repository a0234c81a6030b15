namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Lets one line of a kind through per interval, with the number of those held back: brokers that are away say so 20 times a second.</summary>
/// <remarks>Safe for all threads.</remarks>
internal sealed class RepeatedLines(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Kinds remembered; past it all are forgotten.</summary>
    private const int MaxKinds = 200;

    private readonly Dictionary<string, (long At, int HeldBack)> _kinds = new(StringComparer.Ordinal);
    private readonly Lock _passing = new();

    /// <param name="heldBack">Lines of this kind that were held back since the last one that passed.</param>
    public bool MayPass(string kind, out int heldBack)
    {
        var now = time.GetTimestamp();
        lock (_passing)
        {
            if (_kinds.Count >= MaxKinds) _kinds.Clear();
            var isKnown = _kinds.TryGetValue(kind, out var last);
            heldBack = last.HeldBack;
            if (isKnown && time.GetElapsedTime(last.At, now) < Interval)
            {
                _kinds[kind] = (last.At, heldBack + 1);
                return false;
            }

            _kinds[kind] = (now, 0);
            return true;
        }
    }
}
