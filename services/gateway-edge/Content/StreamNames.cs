using System.Text.Json;

namespace Pipeline.GatewayEdge.Content;

/// <summary>Which members of a stream's documents are kept: what the model said and what it called. All else is the protocol's.</summary>
internal static class StreamNames
{
    /// <summary>Of a tool.</summary>
    public const string Name = "name";

    /// <summary>Gemini's; with arguments, without any, or with pieces of them.</summary>
    private const string FunctionCall = "functionCall";

    /// <summary>Members that hold pieces of what the model said; as a text also an error.</summary>
    private static readonly HashSet<string> Texts = new(StringComparer.Ordinal)
    {
        "content", "text", "delta", "arguments", "partial_json", "reasoning_content", "reasoning", "thinking", "refusal", "response", "transcript",
        "input", "tool_plan", "completion", "generation", "outputText", "parameters", "stringValue", "code", "output", "error",
    };

    /// <summary>Arrays whose elements are parts of one text, in whichever of them a chunk has its piece.</summary>
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> ArraysOfParts =
        new HashSet<string>(StringComparer.Ordinal) { "parts", "content", "thinking" }.GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool IsText(string name) => Texts.Contains(name);

    public static bool IsArrayOfParts(ReadOnlySpan<char> name) => ArraysOfParts.Contains(name);

    /// <summary>Arguments that Gemini tells one by one.</summary>
    public static bool IsScalar(JsonProperty member) =>
        (member.Name is "numberValue" or "boolValue") && member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    /// <summary>A call whose arguments are an object: nothing of it comes in a later chunk. Beside a piece of a text they are kept by themselves.</summary>
    public static bool IsWholeCall(JsonElement at)
    {
        var hasArguments = false;
        foreach (var member in at.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && IsText(member.Name)) return false;
            hasArguments |= IsArguments(member);
        }

        return hasArguments;
    }

    /// <summary>A member that is kept with all that is in it.</summary>
    public static bool ComesWhole(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Object && (member.Name == "error" || IsArguments(member) || (member.Name == FunctionCall && IsWithoutPieces(member.Value)));

    /// <summary>Where Anthropic's blocks begin, an empty object stands for the pieces that follow.</summary>
    private static bool IsArguments(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Object
        && (member.Name is "arguments" or "args" or "parameters" || (member.Name == "input" && member.Value.EnumerateObject().Any()));

    private static bool IsWithoutPieces(JsonElement call) =>
        call.TryGetProperty(Name, out _) && !call.TryGetProperty("partialArgs", out _) && !call.TryGetProperty("willContinue", out _);
}
