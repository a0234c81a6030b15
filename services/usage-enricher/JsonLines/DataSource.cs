using System.Reflection;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>Where data files are read from, by their names in the set.</summary>
internal static class DataSource
{
    /// <summary>Files that the assembly carries under a prefix.</summary>
    public static Func<string, byte[]> Embedded(string prefix) => name =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(prefix + name)
            ?? throw new DataFormatException(name, 0, "the resource is missing");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    };

    /// <summary>A file whole, as it is now.</summary>
    /// <exception cref="DataFormatException">It is missing, or longer than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] OneFile(string path, long maxBytes)
    {
        if (!File.Exists(path)) throw new DataFormatException(path, 0, "the file is missing");
        return new FileInfo(path).Length <= maxBytes ? File.ReadAllBytes(path) : throw new DataFormatException(path, 0, $"the file is longer than {maxBytes} bytes");
    }

    /// <summary>Files of a folder, each read once: what was read is what its name stands for from then on.</summary>
    public static Func<string, byte[]> Folder(string path)
    {
        var known = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        return name =>
        {
            lock (known)
            {
                if (known.TryGetValue(name, out var bytes)) return bytes;
                var file = Path.Combine(path, name);
                bytes = File.Exists(file) ? File.ReadAllBytes(file) : throw new DataFormatException(name, 0, "the file is missing");
                known.Add(name, bytes);
                return bytes;
            }
        };
    }
}
