namespace Pipeline.UsageEnricher.Booking;

/// <param name="Event">The event that the response was charged with.</param>
/// <param name="At">Append time of its record.</param>
/// <param name="Included">Offset of its record.</param>
internal readonly record struct Booking(Guid Event, DateTimeOffset At, long Included);

/// <summary>
/// The responses of one partition of llm-usage-background that are booked: what is committed, and over it what the decision in hand adds
/// and removes.
/// </summary>
/// <param name="partition">Its number, the same in llm-booked-responses.</param>
internal sealed class ResponseBook(int partition)
{
    /// <summary>A provider keeps an answer for 30 days; later nobody can read it again.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(35);

    /// <summary>Responses remembered of one partition, some 100 bytes each; past it the oldest are forgotten before their time.</summary>
    public const int MaxBookings = 1_000_000;

    /// <summary>Forgotten in one decision, so that it fits a transaction.</summary>
    private const int MaxForgotten = 1_000;

    private readonly Dictionary<string, Booking> _committed = new(StringComparer.Ordinal);

    /// <summary>Oldest first; of one response that was forgotten and booked again only the last counts.</summary>
    private readonly Queue<(string Response, DateTimeOffset At)> _byAge = new();

    private readonly Dictionary<string, Booking> _decided = new(StringComparer.Ordinal);
    private readonly List<string> _forgotten = [];
    private DateTimeOffset _committedTime;

    /// <summary>Where the decision in hand moves the position to; null = it stays.</summary>
    private long? _moved;

    public int Partition => partition;

    /// <summary>Newest append time of the records in the book: the only clock it has.</summary>
    public DateTimeOffset StreamTime { get; private set; }

    /// <summary>Records before this offset are in the book.</summary>
    public long Next { get; private set; }

    public int Count => _committed.Count;

    /// <summary>What the decision in hand books, with its response.</summary>
    public IReadOnlyCollection<KeyValuePair<string, Booking>> Decided => _decided;

    /// <summary>What the decision in hand forgets.</summary>
    public IReadOnlyList<string> Forgotten => _forgotten;

    public bool IsChanged => _decided.Count > 0 || _forgotten.Count > 0;

    /// <summary>As the decision in hand sees it.</summary>
    public Booking? Find(string response) =>
        _decided.TryGetValue(response, out var decided) ? decided : _committed.TryGetValue(response, out var committed) ? committed : null;

    public void Book(string response, in Booking booking) => _decided[response] = booking;

    public void Advance(DateTimeOffset appendedAt)
    {
        if (appendedAt > StreamTime) StreamTime = appendedAt;
    }

    /// <summary>Decides which bookings are no longer needed.</summary>
    public void Forget()
    {
        _forgotten.Clear();
        var over = _committed.Count + _decided.Count - MaxBookings;
        foreach (var (response, at) in _byAge)
        {
            if (_forgotten.Count >= MaxForgotten || (StreamTime - at < Kept && _forgotten.Count >= over)) return;
            // The same response may stand in the queue twice, and may be booked anew by this very decision.
            if (!_decided.ContainsKey(response) && _committed.TryGetValue(response, out var booking) && booking.At == at) _forgotten.Add(response);
        }
    }

    public void MoveTo(long next) => _moved = next;

    /// <summary>Goes back to what is committed.</summary>
    public void Void()
    {
        _decided.Clear();
        _forgotten.Clear();
        _moved = null;
        StreamTime = _committedTime;
    }

    /// <summary>What was decided is committed.</summary>
    public void Commit()
    {
        foreach (var response in _forgotten) _committed.Remove(response);
        foreach (var (response, booking) in _decided) Add(response, booking);
        while (_byAge.TryPeek(out var oldest) && (!_committed.TryGetValue(oldest.Response, out var booking) || booking.At != oldest.At)) _byAge.Dequeue();
        if (_moved > Next) Next = _moved.Value;
        _committedTime = StreamTime;
        Void();
    }

    /// <summary>Takes over a booking as the log has it; null = forgotten.</summary>
    public void Restore(string response, Booking? booking)
    {
        if (booking is null) _committed.Remove(response);
        else _committed[response] = booking.Value;
    }

    /// <summary>Takes over how far the log says that the book goes.</summary>
    public void RestoreTo(long next, DateTimeOffset streamTime) => (Next, StreamTime, _committedTime) = (next, streamTime, streamTime);

    /// <summary>Everything is restored.</summary>
    public void Ready(long position)
    {
        Next = Math.Max(Next, position);
        _byAge.Clear();
        foreach (var (response, booking) in _committed.OrderBy(static one => one.Value.At).ThenBy(static one => one.Value.Included)) _byAge.Enqueue((response, booking.At));
    }

    private void Add(string response, in Booking booking)
    {
        _committed[response] = booking;
        _byAge.Enqueue((response, booking.At));
    }
}
