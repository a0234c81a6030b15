using System.Text.Json;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>One line of a data file that the product carries; every error names file and line.</summary>
internal readonly record struct DataLine(string File, int Number, JsonElement Json)
{
    /// <returns>At least the head line.</returns>
    /// <exception cref="DataFormatException">The file is empty or a line is not JSON.</exception>
    public static List<DataLine> Split(string file, ReadOnlyMemory<byte> bytes) =>
        SplitHeadless(file, bytes) is { Count: > 0 } lines ? lines : throw new DataFormatException(file, 0, "the head line is missing");

    /// <summary>Lines ended by LF or CRLF; blank ones count, and are left out. A leading byte order mark is skipped.</summary>
    /// <returns>Of a file without a head, which may be empty.</returns>
    /// <exception cref="DataFormatException">A line is not JSON.</exception>
    public static List<DataLine> SplitHeadless(string file, ReadOnlyMemory<byte> bytes)
    {
        var lines = new List<DataLine>();
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes["\uFEFF"u8.Length..];
        for (var number = 1; !bytes.IsEmpty; number++)
        {
            var end = bytes.Span.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (line.Span.ContainsAnyExcept(" \t\r"u8)) lines.Add(Parse(file, number, line));
        }

        return lines;
    }

    private static DataLine Parse(string file, int number, ReadOnlyMemory<byte> line)
    {
        try
        {
            return new DataLine(file, number, JsonDocument.Parse(line).RootElement);
        }
        catch (JsonException e)
        {
            throw new DataFormatException(file, number, "the line is not JSON", e);
        }
    }

    public T Read<T>(Func<JsonElement, T> convert)
    {
        try
        {
            return convert(Json);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            throw new DataFormatException(File, Number, e.Message, e);
        }
    }

    /// <summary>What reading a value out of JSON or text throws when the file holds something else.</summary>
    public static bool IsOfContent(Exception error) =>
        error is KeyNotFoundException or InvalidOperationException or FormatException or JsonException or ArgumentException or OverflowException or IndexOutOfRangeException;

    public static string Text(JsonElement json, string name) => Text(json.GetProperty(name));

    public static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("a text is missing");
}

/// <summary>A data file that does not hold what its format says.</summary>
/// <param name="line">Counts from 1; 0 = the file as a whole.</param>
public sealed class DataFormatException(string file, int line, string message, Exception? cause = null)
    : Exception(line == 0 ? $"{file}: {message}" : $"{file}:{line}: {message}", cause);
