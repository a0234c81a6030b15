using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>What one kWh causes in one hour. What the file does not tell is null: the yearly mean holds for it.</summary>
/// <param name="Gwp">kg CO2e.</param>
/// <param name="Adpe">kg Sb eq.</param>
/// <param name="Pe">MJ.</param>
/// <param name="Wue">L.</param>
internal readonly record struct GridHour(double Gwp, double? Adpe, double? Pe, double? Wue);

/// <summary>
/// The operator's electricity by hour, CSV with a header line or JSON lines, told apart by the first character.
/// <code>
///   zone,hour,gco2e_per_kwh[,adpe_kgsbeq_per_kwh][,pe_mj_per_kwh][,wue_l_per_kwh]
///   {"zone":"FRA","hour":"2026-11-20T12:00:00Z","gco2e_per_kwh":41.2}
/// </code>
/// `zone` is a zone of the data, or a region as events name it (us-east-1), which stands over its country; `hour` is the start of a whole
/// hour in UTC. Immutable and safe for many threads.
/// </summary>
internal sealed class HourlyGrid
{
    /// <summary>A year of hours of every zone of the data.</summary>
    public const int MaxRows = 2_000_000;

    /// <summary>Bytes of the file.</summary>
    public const int MaxBytes = 256 * 1024 * 1024;

    private const double GramsPerKilogram = 1000;
    private const double MaxGrams = 100_000;
    private const double MaxFactor = 1e6;
    private const string Zone = "zone";
    private const string Hour = "hour";
    private const string Gwp = "gco2e_per_kwh";
    private const string Adpe = "adpe_kgsbeq_per_kwh";
    private const string Pe = "pe_mj_per_kwh";
    private const string Wue = "wue_l_per_kwh";

    private static readonly string[] Columns = [Zone, Hour, Gwp, Adpe, Pe, Wue];
    private static readonly string[] HourFormats = ["yyyy-MM-dd'T'HH':00Z'", "yyyy-MM-dd'T'HH':00:00Z'"];

    private readonly FrozenDictionary<string, Dictionary<long, GridHour>> _zones;

    private HourlyGrid(Dictionary<string, Dictionary<long, GridHour>> zones, string version)
    {
        _zones = zones.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Version = version;
        RowCount = _zones.Values.Sum(static hours => hours.Count);
    }

    /// <summary>Hash of the file.</summary>
    public string Version { get; }

    public int RowCount { get; }

    public bool Has(string zone) => _zones.ContainsKey(zone);

    /// <returns>Null when the file does not have that hour of the zone.</returns>
    public GridHour? Find(string zone, DateTimeOffset at) =>
        _zones.TryGetValue(zone, out var hours) && hours.TryGetValue(IndexOf(at), out var hour) ? hour : null;

    /// <summary>Start of the hour that a time lies in.</summary>
    public static DateTimeOffset HourOf(DateTimeOffset at) => new(IndexOf(at) * TimeSpan.TicksPerHour, TimeSpan.Zero);

    /// <param name="file">Name for errors.</param>
    /// <exception cref="DataFormatException">A line is not what the format says; the message names file and line.</exception>
    public static HourlyGrid Read(string file, byte[] bytes)
    {
        var zones = new Dictionary<string, Dictionary<long, GridHour>>(StringComparer.OrdinalIgnoreCase);
        var (number, rows) = (0, 0);
        string[]? columns = null;
        using var lines = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                var isJson = line[0] == '{';
                if (columns is null && !isJson)
                {
                    columns = ReadHeader(line);
                    continue;
                }

                Add(zones, isJson ? JsonFields(line) : CsvFields(line, columns!));
            }
            catch (Exception e) when (DataLine.IsOfContent(e))
            {
                throw new DataFormatException(file, number, e is FormatException ? e.Message : "the line is not JSON of texts and numbers", e);
            }

            if (++rows > MaxRows) throw new DataFormatException(file, number, $"more than {MaxRows} rows; leave out hours past");
        }

        return new HourlyGrid(zones, DataVersion.Of(["grid"], _ => bytes));
    }

    private static long IndexOf(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerHour;

    private static string[] ReadHeader(string line)
    {
        var columns = line.TrimStart('\uFEFF').Split(',', StringSplitOptions.TrimEntries);
        foreach (var column in columns) RefuseUnknown(column);
        if (columns.Distinct(StringComparer.Ordinal).Count() < columns.Length) throw new FormatException("the header has a column twice");
        foreach (var needed in (string[])[Zone, Hour, Gwp])
            if (!columns.Contains(needed)) throw new FormatException($"the header lacks {needed}");
        return columns;
    }

    private static IEnumerable<KeyValuePair<string, string>> CsvFields(string line, string[] columns)
    {
        var values = line.Split(',', StringSplitOptions.TrimEntries);
        if (values.Length != columns.Length) throw new FormatException($"{values.Length} columns instead of {columns.Length}");
        return columns.Zip(values, KeyValuePair.Create).Where(static field => field.Value.Length > 0);
    }

    private static List<KeyValuePair<string, string>> JsonFields(string line)
    {
        using var json = JsonDocument.Parse(line);
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var member in json.RootElement.EnumerateObject())
        {
            RefuseUnknown(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            fields.Add(new(member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText()));
        }

        return fields;
    }

    private static void Add(Dictionary<string, Dictionary<long, GridHour>> zones, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var row = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in fields)
            if (!row.TryAdd(name, value)) throw new FormatException($"{name} stands twice");
        var zone = row.GetValueOrDefault(Zone) ?? throw new FormatException("zone is missing");
        if (!DateTimeOffset.TryParseExact(row.GetValueOrDefault(Hour), HourFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var hour))
            throw new FormatException("hour is not a whole hour in UTC such as 2026-11-20T12:00:00Z");
        var gwp = Number(row, Gwp, MaxGrams) ?? throw new FormatException($"{Gwp} is missing");
        ref var hours = ref CollectionsMarshal.GetValueRefOrAddDefault(zones, zone, out _);
        hours ??= [];
        if (!hours.TryAdd(IndexOf(hour), new GridHour(gwp / GramsPerKilogram, Number(row, Adpe, MaxFactor), Number(row, Pe, MaxFactor), Number(row, Wue, MaxFactor))))
            throw new FormatException($"{zone} has this hour twice");
    }

    private static double? Number(Dictionary<string, string> row, string name, double most)
    {
        if (!row.TryGetValue(name, out var text)) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0 && number <= most
            ? number
            : throw new FormatException($"{name} is no number from 0 to {most.ToString(CultureInfo.InvariantCulture)}");
    }

    private static void RefuseUnknown(string name)
    {
        if (!Columns.Contains(name)) throw new FormatException($"'{name}' is unknown; known are {string.Join(", ", Columns)}");
    }
}
