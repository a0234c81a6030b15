using Pipeline.Schemas.Avro;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// The figures of an aggregate that budgets count, read from its bytes without making its texts: those of one attribution tuple are the
/// same bytes each time, and are looked up as such.
/// </summary>
/// <remarks>
/// Written after `llm-usage-aggregates-value.avsc`, field by field up to the last one that counts; a test holds it against the generated
/// reader, which every tuple's first aggregate goes through.
/// </remarks>
internal readonly ref struct AggregateFigures
{
    /// <summary>provider … route: nullable texts.</summary>
    private const int NullableTexts = 11;

    /// <summary>Between output_total and list_total: the parts of the token vector.</summary>
    private const int TokenParts = 13;

    private AggregateFigures(ReadOnlySpan<byte> tuple, DateTimeOffset minute)
    {
        Tuple = tuple;
        Minute = minute;
    }

    /// <summary>The bytes of everything that tells aggregates of one minute apart.</summary>
    public ReadOnlySpan<byte> Tuple { get; }

    public DateTimeOffset Minute { get; }

    public long Calls { get; private init; }

    public long InputTotal { get; private init; }

    public long OutputTotal { get; private init; }

    public decimal NetTotal { get; private init; }

    public decimal GwpMax { get; private init; }

    /// <returns>False when the body is not an aggregate's.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out AggregateFigures figures)
    {
        var reader = new AvroReader(body);
        var minute = reader.ReadTimestampMicros();
        var start = reader.Position;
        for (var i = 0; i < NullableTexts; i++)
            if (reader.ReadIsPresent()) reader.ReadBytes();
        reader.ReadBytes();     // currency
        reader.ReadLong();      // cost_status
        reader.ReadLong();      // usage_source
        for (var tags = reader.ReadBlockCount(); tags > 0; tags = reader.ReadBlockCount())
        {
            for (; tags > 0 && !reader.Failed; tags--)
            {
                reader.ReadBytes();
                reader.ReadBytes();
            }
        }

        var tuple = body[start..reader.Position];
        var calls = reader.ReadLong();
        for (var i = 0; i < 4; i++) reader.ReadLong();     // error_calls, duration_us, request_bytes, response_bytes
        var (input, output) = (reader.ReadLong(), reader.ReadLong());
        for (var i = 0; i < TokenParts; i++) reader.ReadLong();
        reader.ReadBytes();     // list_total
        var net = reader.ReadDecimal(28, 12);
        for (var i = 0; i < 3; i++) reader.ReadBytes();    // energy_min, energy_max, gwp_min
        var gwp = reader.ReadDecimal(28, 15);
        // What follows no budget counts. It is not looked at, so that a field added at the end is no reason to refuse a record.
        figures = new AggregateFigures(tuple, minute) { Calls = calls, InputTotal = input, OutputTotal = output, NetTotal = net, GwpMax = gwp };
        return !reader.Failed;
    }
}
