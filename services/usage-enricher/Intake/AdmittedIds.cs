namespace Pipeline.UsageEnricher.Intake;

/// <summary>Newest event ids of one partition that were let through, as committed, and those of the decision in hand.</summary>
/// <param name="most">Ids kept; the oldest go first.</param>
internal sealed class AdmittedIds(int most)
{
    private readonly HashSet<Guid> _known = [];
    private readonly Queue<Guid> _order = new();
    private readonly HashSet<Guid> _decided = [];

    public int Count => _known.Count;

    /// <returns>False when the id was let through before.</returns>
    public bool TryAdmit(Guid id) => !_known.Contains(id) && _decided.Add(id);

    public void Void() => _decided.Clear();

    public void Commit()
    {
        foreach (var id in _decided) Restore(id);
        _decided.Clear();
    }

    public void Restore(Guid id)
    {
        if (!_known.Add(id)) return;
        _order.Enqueue(id);
        while (_order.Count > most) _known.Remove(_order.Dequeue());
    }
}
