using System.Text;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// One place of a document that a reader wants, in a tree of them; everything outside the tree is skipped unread. Built once
/// per reader class, never changed.
/// </summary>
internal sealed class JsonPath
{
    /// <summary>Levels of a tree; the scanner's stack is this deep.</summary>
    public const int MaxDepth = 8;

    private const int LookupSize = 64;

    private readonly byte[] _lookup = new byte[LookupSize];
    private readonly byte[] _name;
    private readonly JsonPath[] _members;
    private byte _nextWithSameHash;

    private JsonPath(string name, int slot, bool isRaw, JsonPath? item, JsonPath[] members)
    {
        _name = Encoding.UTF8.GetBytes(name);
        _members = members;
        Slot = slot;
        IsRaw = isRaw;
        Item = item;
        for (var index = 0; index < members.Length; index++)
        {
            var hash = Hash(members[index]._name);
            members[index]._nextWithSameHash = _lookup[hash];
            _lookup[hash] = (byte)(index + 1);
        }
    }

    /// <summary>The number under which the reader is told of this place; negative = it is not told.</summary>
    public int Slot { get; }

    /// <summary>An object here is handed over as it stands.</summary>
    public bool IsRaw { get; }

    /// <summary>What the elements of an array here are; null = an array here is skipped.</summary>
    public JsonPath? Item { get; }

    public bool HasMembers => _members.Length > 0;

    public static JsonPath Root(params JsonPath[] members) => new("", -1, false, null, members);

    /// <summary>A string, number or literal.</summary>
    public static JsonPath Value(string name, int slot) => new(name, slot, false, null, []);

    /// <summary>An object that is walked; its slot hears of entering and leaving it.</summary>
    public static JsonPath Object(string name, int slot, params JsonPath[] members) => new(name, slot, false, null, members);

    /// <summary>An object that is handed over raw.</summary>
    public static JsonPath Raw(string name, int slot) => new(name, slot, true, null, []);

    /// <summary>
    /// An array of objects with these members; <paramref name="slot"/> hears of the array, <paramref name="itemSlot"/> of each element.
    /// </summary>
    public static JsonPath Array(string name, int slot, int itemSlot, params JsonPath[] members) =>
        new(name, slot, false, new JsonPath("", itemSlot, false, null, members), []);

    /// <summary>The member of that name, given without quotes and escapes; null when it is not wanted.</summary>
    public JsonPath? Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return null;

        for (int index = _lookup[Hash(name)]; index != 0; index = _members[index - 1]._nextWithSameHash)
        {
            if (name.SequenceEqual(_members[index - 1]._name))
                return _members[index - 1];
        }

        return null;
    }

    private static int Hash(ReadOnlySpan<byte> name) => (name.Length * 5 + name[0]) & (LookupSize - 1);
}
