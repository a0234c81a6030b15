using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// OpenAI responses. A plain body is the response object; streamed, some events carry the whole response so far, the last of them
/// the final one. The numbers stand only in <c>response.completed</c>, <c>response.incomplete</c> or <c>response.failed</c>.
/// </summary>
internal sealed class OpenAIResponsesReader : ReplyReader
{
    private const int Type = 0, Status = 1, Background = 2, IncompleteReason = 3, Item = 4, ItemType = 5, ActionType = 6, SearchRequests = 7,
        EventCode = 8;

    private const string CallSuffix = "_call";
    private const string WebSearch = "web_search";

    private static readonly JsonPath PlainTree = JsonPath.Root(ResponsePlaces());

    private static readonly JsonPath EventTree = JsonPath.Root(
        JsonPath.Value("type", Type),
        JsonPath.Object("response", -1, ResponsePlaces()),
        JsonPath.Value("code", EventCode),
        ErrorPlaces.Place());

    private readonly TextFact _status = new();
    private readonly TextFact _incompleteReason = new();
    private readonly TextFact _itemType = new();
    private readonly TextFact _actionType = new();
    private readonly Dictionary<string, long> _calls = [];
    private long? _searchRequests;
    private bool _isErrorEvent;
    private bool _isBackground;

    public override JsonPath Root => IsStream ? EventTree : PlainTree;

    private static JsonPath[] ResponsePlaces() =>
    [
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("service_tier", FactPlaces.Tier),
        JsonPath.Value("status", Status),
        JsonPath.Value("background", Background),
        JsonPath.Object("incomplete_details", -1, JsonPath.Value("reason", IncompleteReason)),
        JsonPath.Raw("usage", FactPlaces.Usage),
        JsonPath.Array(
            "output",
            -1,
            Item,
            JsonPath.Value("type", ItemType),
            JsonPath.Object("action", -1, JsonPath.Value("type", ActionType))),
        JsonPath.Object("tool_usage", -1, JsonPath.Object("web_search", -1, JsonPath.Value("num_requests", SearchRequests))),
        ErrorPlaces.Place(),
    ];

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            case Type:
                OnEventType(text);
                break;
            case Status:
                _status.Stage(text);
                break;
            case IncompleteReason:
                _incompleteReason.Stage(text);
                break;
            case ItemType:
                _itemType.Stage(text);
                break;
            case ActionType:
                _actionType.Stage(text);
                break;
            case EventCode:
                Facts.Error.StageCode(JsonScalar.Text, text);
                break;
        }
    }

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == Background)
            _isBackground = literal.SequenceEqual("true"u8);
        else if (slot == SearchRequests && TokenCount.TryParse(literal, out var requests))
            _searchRequests = requests;
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot != Item)
            return;

        CountCall(_itemType.Current, _actionType.Current);
        _itemType.Discard();
        _actionType.Discard();
    }

    private void OnEventType(ReadOnlySpan<byte> type)
    {
        IsLast = type.SequenceEqual("response.completed"u8)
            || type.SequenceEqual("response.incomplete"u8)
            || type.SequenceEqual("response.failed"u8);
        _isErrorEvent = type.SequenceEqual("error"u8);
        IsIrrelevant = !IsLast
            && !_isErrorEvent
            && !type.SequenceEqual("response.created"u8)
            && !type.SequenceEqual("response.queued"u8)
            && !type.SequenceEqual("response.in_progress"u8);
    }

    /// <summary>Hosted tools are billed by call and show only as output items: <c>web_search_call</c> is one web_search.</summary>
    private void CountCall(ReadOnlySpan<byte> type, ReadOnlySpan<byte> action)
    {
        // Of a web search call only the searching is billed, not the opening of pages.
        if (type.SequenceEqual("web_search_call"u8) && !action.IsEmpty && !action.SequenceEqual("search"u8))
            return;

        // Calls of the caller's own functions are not the provider's tools.
        if (type.SequenceEqual("function_call"u8) || type.SequenceEqual("custom_tool_call"u8))
            return;

        if (!type.EndsWith("_call"u8) || !BoundedText.IsToken(type))
            return;

        var name = Encoding.ASCII.GetString(type)[..^CallSuffix.Length];
        if (name.Length > 0 && (_calls.Count < MeteredReply.MaxToolNames || _calls.ContainsKey(name)))
            _calls[name] = _calls.GetValueOrDefault(name) + 1;
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.Read(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        if (_isErrorEvent)
            Facts.Error.Stage();

        if (!_status.Current.IsEmpty)
            Facts.FinishReasons.Stage(0, FinishReason());

        // The host's own count, where it gives one, stands above the counted items.
        if (_searchRequests > 0)
            _calls[WebSearch] = _searchRequests.Value;

        if (_calls.Count > 0)
            Facts.ToolCalls = new Dictionary<string, long>(_calls);

        Facts.IsBackground |= _isBackground;

        // An error event is followed by response.failed, which has the whole story; when it is not, the end of the body
        // completes the reply.
        return base.Commit();
    }

    private string FinishReason()
    {
        var status = Encoding.UTF8.GetString(_status.Current);
        return _incompleteReason.Current.IsEmpty ? status : $"{status}:{Encoding.UTF8.GetString(_incompleteReason.Current)}";
    }

    protected override void Forget()
    {
        _isErrorEvent = false;
        _isBackground = false;
        _status.Discard();
        _incompleteReason.Discard();
        _itemType.Discard();
        _actionType.Discard();
        _searchRequests = null;
        _calls.Clear();
    }
}
