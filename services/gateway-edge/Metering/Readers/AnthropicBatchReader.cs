using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The results of an Anthropic message batch: one JSON document a line, each a whole message or why there is none. Messages are calls of
/// their own, so here, and only here, usage is added up: one event says what the file was charged, by model where there are several.
/// </summary>
internal sealed class AnthropicBatchReader : ReplyReader
{
    private const int ResultType = 0;

    private const string Batch = "batch";
    private const string Kind = "batch_results";

    private static readonly string[] Results = ["succeeded", "errored", "canceled", "expired"];

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Object(
            "result",
            -1,
            JsonPath.Value("type", ResultType),
            JsonPath.Object("message", -1, JsonPath.Value("model", FactPlaces.Model), JsonPath.Raw("usage", FactPlaces.Usage))),
        ErrorPlaces.Place());

    private readonly long[] _results = new long[Results.Length];
    private List<BilledPass> _models = [];
    private UsageFigures _sum = new();
    private byte[]? _usage;
    private int _result;
    private bool _hasPasses;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot == ResultType)
            _result = ResultOf(text);
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => _usage = json.ToArray();

    /// <summary>How many there were of each result, as the usage object that the file does not have.</summary>
    public override void Conclude()
    {
        if (_results.Sum() == 0)
            return;

        Facts.IsBackground = true;
        Facts.Usage.Stage(JsonSerializer.SerializeToUtf8Bytes(
            Results.Zip(_results).ToDictionary(result => result.First, result => result.Second)));
        if (_models.Count > 1)
            Facts.Model.Reset();
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into)
    {
        into.Add(_sum);
        into.ServiceTier = Batch;
        if (_models.Count > 1 || _hasPasses)
            into.Billed = _models;
    }

    protected override DocumentMeaning Commit()
    {
        if (_result >= 0)
            _results[_result]++;

        var model = BoundedText.VisibleAscii(BoundedText.Decode(Facts.Model.Current));
        if (_usage is not null)
            AddMessage(_usage, model);

        return base.Commit();
    }

    private void AddMessage(byte[] usage, string? model)
    {
        try
        {
            using var document = JsonDocument.Parse(usage);
            var message = new UsageFigures();
            AnthropicUsage.Read(document.RootElement, message);
            _sum.Add(message);
            _hasPasses |= message.Billed is not null;
            foreach (var pass in message.Billed ?? [new BilledPass(Kind, model, message)])
                AddToModel(pass.Model ?? model, pass.Figures);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            _sum.IsSuspect = true;
        }
    }

    private void AddToModel(string? model, UsageFigures figures)
    {
        if (_models.Find(known => known.Model == model) is not { } same)
        {
            same = new BilledPass(Kind, model, new UsageFigures());
            if (_models.Count < BilledPass.MaxPasses)
                _models.Add(same);
            else
                (same, _sum.IsSuspect) = (_models[^1], true);
        }

        same.Figures.Add(figures);
    }

    private static int ResultOf(ReadOnlySpan<byte> type)
    {
        for (var at = 0; at < Results.Length; at++)
        {
            if (System.Text.Ascii.Equals(type, Results[at]))
                return at;
        }

        return -1;
    }

    protected override void Reset()
    {
        Array.Clear(_results);
        _models = [];
        _sum = new UsageFigures();
        _hasPasses = false;
    }

    protected override void Forget()
    {
        _usage = null;
        _result = -1;
    }
}
