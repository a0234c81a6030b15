using System.Globalization;
using System.Net;

namespace Pipeline.Runtime.Hosting;

/// <summary>Reads one option's text as its type, without .NET's surprises (a bare `25` is 25 days to TimeSpan.Parse).</summary>
internal static class OptionText
{
    private const string TimeSpanForm = "a time span such as 00:00:25, 200ms, 25s, 5m, 12h or 30d";
    private const string EndpointForm = "an address and port such as 127.0.0.1:8080 or *:8080";
    private const NumberStyles Real = NumberStyles.Float;

    private static readonly (string Suffix, double Seconds)[] Durations =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    private static readonly (string Suffix, long Bytes)[] Sizes =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    /// <returns>Null when the text was read into <paramref name="value"/>; else what would be right, to follow "must be".</returns>
    public static string? Read(string text, Type type, string? unit, out object? value)
    {
        value = null;
        if (type == typeof(string)) return Take(text, out value);
        if (type == typeof(bool)) return bool.TryParse(text, out var flag) ? Take(flag, out value) : "true or false";
        if (type == typeof(TimeSpan)) return ReadDuration(text) is { } span ? Take(span, out value) : TimeSpanForm;
        if (type == typeof(Uri)) return ReadUrl(text, out value);
        if (type == typeof(IPEndPoint)) return ReadEndpoint(text) is { } at ? Take(at, out value) : EndpointForm;
        if (type.IsEnum) return ReadEnum(text, type, out value);
        return ReadNumber(text, type, unit, out value);
    }

    /// <summary>How `--help` names the type.</summary>
    public static string Describe(Type type, string? unit)
    {
        if (type == typeof(string)) return "text";
        if (type == typeof(bool)) return "true | false";
        if (type == typeof(TimeSpan)) return "time span";
        if (type == typeof(Uri)) return "URL";
        if (type == typeof(IPEndPoint)) return "address:port";
        if (type.IsEnum) return string.Join(" | ", Enum.GetNames(type).Select(Show));
        return unit ?? (type == typeof(int) || type == typeof(long) ? "whole number" : "number");
    }

    /// <summary>A value as it would be written in configuration.</summary>
    public static string Show(object? value) => value switch
    {
        null => "none",
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        Enum name => Show(name.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Show(string enumName) => char.ToLowerInvariant(enumName[0]) + enumName[1..];

    private static string? Take(object? read, out object? value)
    {
        value = read;
        return null;
    }

    private static TimeSpan? ReadDuration(string text)
    {
        if (text.Contains(':')) return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
        foreach (var (suffix, seconds) in Durations)
        {
            // "5ms" ends in "s" too: what is before the suffix must be a number, so the order of the table does not matter.
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) continue;
            if (!decimal.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) continue;
            if (count * (decimal)seconds > (decimal)TimeSpan.MaxValue.TotalSeconds) return null;
            return TimeSpan.FromTicks((long)(count * (decimal)seconds * TimeSpan.TicksPerSecond));
        }

        return null;
    }

    private static string? ReadUrl(string text, out object? value)
    {
        value = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return "an absolute URL with http or https, such as https://host:443/path";
        if (url.UserInfo.Length > 0) return "a URL without user and password: give secrets by file";
        return Take(url, out value);
    }

    private static IPEndPoint? ReadEndpoint(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        return text[..colon] switch
        {
            "*" => new IPEndPoint(IPAddress.IPv6Any, port),
            "localhost" => new IPEndPoint(IPAddress.Loopback, port),
            var host => IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : null,
        };
    }

    private static string? ReadEnum(string text, Type type, out object? value)
    {
        foreach (var name in Enum.GetNames(type))
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) return Take(Enum.Parse(type, name), out value);
        value = null;
        return "one of " + string.Join(", ", Enum.GetNames(type).Select(Show));
    }

    private static string? ReadNumber(string text, Type type, string? unit, out object? value)
    {
        value = null;
        if (type == typeof(double))
            return double.TryParse(text, Real, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? Take(real, out value) : "a number";
        if (type == typeof(decimal))
            return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var exact) ? Take(exact, out value) : "a number";
        if (type != typeof(int) && type != typeof(long)) throw new NotSupportedException($"options of type {type} are not supported");

        var wanted = unit == "bytes" ? "a whole number of bytes, or one such as 64MiB" : "a whole number";
        if ((unit == "bytes" ? ReadSize(text) : ReadLong(text)) is not { } number) return wanted;
        if (type == typeof(long)) return Take(number, out value);
        return number is >= int.MinValue and <= int.MaxValue ? Take((int)number, out value) : wanted + $" up to {int.MaxValue}";
    }

    private static long? ReadLong(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? ReadSize(string text)
    {
        foreach (var (suffix, bytes) in Sizes)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) continue;
            var count = ReadLong(text[..^suffix.Length].TrimEnd());
            return count is { } n && Math.Abs(n) <= long.MaxValue / bytes ? n * bytes : null;
        }

        return ReadLong(text);
    }
}
