namespace Pipeline.GatewayEdge.Metering;

/// <summary>Anthropic's legacy complete, plain and streamed: model and reason, never a count. A stream's last event has the reason.</summary>
internal sealed class AnthropicCompleteReader : ReplyReader
{
    private const int Id = 0, Model = 1, StopReason = 2;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("id", Id),
        JsonPath.Value("log_id", Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("stop_reason", StopReason),
        ErrorPlaces.Place());

    private bool _isStream;
    private bool _isLast;

    public override JsonPath Root => Tree;

    public override void OnFraming(bool isEventStream) => _isStream = isEventStream;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
        {
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
            return;
        }

        if (kind != JsonScalar.Text)
            return;

        switch (slot)
        {
            case Id:
                Facts.ResponseId.Stage(token);
                break;
            case Model:
                Facts.Model.Stage(token);
                break;
            case StopReason:
                Facts.FinishReasons.Stage(0, token);
                _isLast = true;
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    protected override DocumentMeaning Commit()
    {
        var isLast = _isLast && _isStream;
        Facts.CommitStaged();
        Facts.IsComplete |= isLast;
        return isLast || (_isStream && Facts.Error.IsSeen) ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Forget() => _isLast = false;
}
