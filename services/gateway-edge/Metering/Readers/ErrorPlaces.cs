namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The error object that all families share: <c>error: {type, code, status}</c> or <c>error: "text"</c>. Google names the kind
/// <c>status</c>. The message is not wanted anywhere.
/// </summary>
internal static class ErrorPlaces
{
    /// <summary>Behind all others.</summary>
    public const int FirstSlot = 100;

    private const int ErrorSlot = FirstSlot;
    private const int TypeSlot = FirstSlot + 1;
    private const int CodeSlot = FirstSlot + 2;
    private const int StatusSlot = FirstSlot + 3;

    public static JsonPath Place() => JsonPath.Object(
        "error",
        ErrorSlot,
        JsonPath.Value("type", TypeSlot),
        JsonPath.Value("code", CodeSlot),
        JsonPath.Value("status", StatusSlot));

    public static bool Owns(int slot) => slot >= FirstSlot;

    public static void OnEnter(ErrorFact error, int slot)
    {
        if (slot == ErrorSlot)
            error.Stage();
    }

    public static void OnScalar(ErrorFact error, int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (kind == JsonScalar.Null)
            return;

        switch (slot)
        {
            // Some relays send the error as a sentence: there is an error, but no token to keep.
            case ErrorSlot when kind == JsonScalar.Text && token.Length > 0:
                error.Stage();
                break;
            case TypeSlot or StatusSlot when kind == JsonScalar.Text:
                error.StageType(token);
                break;
            case CodeSlot:
                error.StageCode(kind, token);
                break;
        }
    }
}
