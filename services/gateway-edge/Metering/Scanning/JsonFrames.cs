namespace Pipeline.GatewayEdge.Metering;

/// <summary>The walked containers that are open, outermost first. Part of its scanner, never copied.</summary>
internal struct JsonFrames()
{
    private readonly JsonPath?[] _places = new JsonPath?[JsonPath.MaxDepth + 1];
    private readonly int[] _counts = new int[JsonPath.MaxDepth + 1];
    private uint _arrays;

    public int Depth { get; private set; }

    public readonly bool InArray => (_arrays & (1u << Depth)) != 0;

    /// <summary>The innermost open container.</summary>
    public readonly JsonPath Place => _places[Depth]!;

    /// <summary>Elements of the innermost array so far.</summary>
    public readonly int Count => _counts[Depth];

    public void Clear()
    {
        Depth = 0;
        _arrays = 0;
    }

    public void Enter(JsonPath place, bool isArray)
    {
        Depth++;
        _places[Depth] = place;
        _counts[Depth] = 0;
        _arrays = isArray ? _arrays | (1u << Depth) : _arrays & ~(1u << Depth);
    }

    public readonly void CountElement() => _counts[Depth]++;

    public void Leave() => Depth--;
}
