using System.Text;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>What becomes of a container that opens.</summary>
internal enum ContainerUse : byte
{
    Skipped,

    /// <summary>Skipped, and kept as it stands.</summary>
    Kept,
    Walked,
}

/// <summary>
/// Where the document at hand is in the reader's <see cref="JsonPath"/> tree; tells the reader of its places. Part of its scanner, never
/// copied.
/// </summary>
internal struct JsonWalk()
{
    private JsonFrames _frames = new();
    private ReplyReader _reader = null!;
    private JsonPath? _place;

    public readonly bool IsAtRoot => _frames.Depth == 0;

    public readonly bool InArray => _frames.InArray;

    /// <summary>The reader wants the scalar that stands here.</summary>
    public readonly bool IsWanted => _place is { Slot: >= 0 };

    /// <summary>The reader said that the rest of the document cannot matter.</summary>
    public readonly bool IsIrrelevant => _reader.IsIrrelevant;

    public void Attach(ReplyReader reader) => _reader = reader;

    /// <summary>Ready for the next document.</summary>
    public void Restart()
    {
        _place = null;
        _frames.Clear();
    }

    /// <param name="name">Between its quotes.</param>
    /// <param name="hasEscapes">They have to be undone first.</param>
    public void OnName(ReadOnlySpan<byte> name, bool hasEscapes)
    {
        if (!hasEscapes)
            _place = _frames.Place.Find(name);
        else
            _place = BoundedText.Decode(name) is { } decoded ? _frames.Place.Find(Encoding.UTF8.GetBytes(decoded)) : null;
    }

    public void OnComma() => _place = InArray ? _frames.Place.Item : null;

    public readonly void OnElement() => _frames.CountElement();

    public ContainerUse OpenObject()
    {
        var place = IsAtRoot ? _reader.Root : _place;
        if (place is null || (!place.IsRaw && !place.HasMembers))
            return ContainerUse.Skipped;

        if (place.IsRaw)
            return ContainerUse.Kept;

        Enter(place, isArray: false);
        return ContainerUse.Walked;
    }

    public ContainerUse OpenArray()
    {
        if (IsAtRoot || _place is not { Item: { } item })
            return ContainerUse.Skipped;

        Enter(_place, isArray: true);
        _place = item;
        return ContainerUse.Walked;
    }

    public void Close()
    {
        var place = _frames.Place;
        if (place.Slot >= 0)
            _reader.OnLeave(place.Slot, InArray, _frames.Count);

        _frames.Leave();
    }

    /// <summary>Where <see cref="IsWanted"/>.</summary>
    public readonly void OnScalar(JsonScalar kind, ReadOnlySpan<byte> token) => _reader.OnScalar(_place!.Slot, kind, token);

    /// <summary>The end of what was <see cref="ContainerUse.Kept"/>.</summary>
    public readonly void OnKept(ReadOnlySpan<byte> json) => _reader.OnRaw(_place!.Slot, json);

    private void Enter(JsonPath place, bool isArray)
    {
        _frames.Enter(place, isArray);
        if (place.Slot >= 0)
            _reader.OnEnter(place.Slot, isArray);
    }
}
