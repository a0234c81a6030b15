namespace Pipeline.GatewayEdge.Metering;

/// <summary>Anthropic's legacy complete, plain and streamed: model and reason, never a count. A stream's last event has the reason.</summary>
internal sealed class AnthropicCompleteReader : ReplyReader
{
    private const int StopReason = 0;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("log_id", FactPlaces.Id),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("stop_reason", StopReason),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    protected override bool EndsWithError => true;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        Facts.FinishReasons.Stage(0, text);
        IsLast = IsStream;
    }
}
