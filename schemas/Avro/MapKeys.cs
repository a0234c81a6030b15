namespace Pipeline.Schemas.Avro;

/// <summary>Puts a map's names in ordinal order in an array that is kept between maps.</summary>
internal sealed class MapKeys
{
    private const int SmallMap = 32;

    private string[] _keys = new string[SmallMap];

    public ReadOnlySpan<string> Order<T>(IReadOnlyDictionary<string, T> map)
    {
        if (map.Count == 0) return [];
        if (_keys.Length < map.Count) _keys = new string[map.Count];

        var count = 0;
        // The concrete type's enumerator is a struct; the interface's would be an allocation per map.
        if (map is Dictionary<string, T> dictionary)
            foreach (var entry in dictionary) _keys[count++] = entry.Key;
        else
            foreach (var entry in map) _keys[count++] = entry.Key;

        // Array.Sort with a comparer allocates a delegate; the pipeline's maps have at most 16 names.
        if (count > SmallMap) Array.Sort(_keys, 0, count, StringComparer.Ordinal);
        else InsertionSort(_keys.AsSpan(0, count));
        return _keys.AsSpan(0, count);
    }

    private static void InsertionSort(Span<string> keys)
    {
        for (var i = 1; i < keys.Length; i++)
        {
            var key = keys[i];
            var hole = i;
            for (; hole > 0 && string.CompareOrdinal(keys[hole - 1], key) > 0; hole--)
                keys[hole] = keys[hole - 1];
            keys[hole] = key;
        }
    }
}
