namespace Pipeline.Infra.Tests.Images;

/// <summary>One instruction of a Dockerfile, continued lines joined.</summary>
/// <param name="Word">In upper case.</param>
internal sealed record Instruction(string Word, string Text)
{
    /// <summary>What COPY takes, without flags and target.</summary>
    public IReadOnlyList<string> Sources => [.. Words[..^1]];

    public string Target => Words[^1];

    public bool IsFromStage => Text.Contains("--from=", StringComparison.Ordinal);

    private string[] Words => [.. Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(static word => !word.StartsWith("--", StringComparison.Ordinal))];
}

/// <summary>infra/images/SERVICE.Dockerfile: stages of instructions.</summary>
internal sealed record Dockerfile(IReadOnlyList<IReadOnlyList<Instruction>> Stages)
{
    public static string PathOf(string service) => $"infra/images/{service}.Dockerfile";

    public static Dockerfile Parse(string text)
    {
        var stages = new List<List<Instruction>>();
        foreach (var line in text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n').Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ', 2);
            if (parts[0] == "FROM") stages.Add([]);
            stages[^1].Add(new Instruction(parts[0], parts[1]));
        }

        return new Dockerfile(stages);
    }

    public IReadOnlyList<Instruction> Build => Stages[0];

    public IReadOnlyList<Instruction> Final => Stages[^1];

    /// <summary>The one instruction of this word; null when it is missing.</summary>
    public static string? Of(IReadOnlyList<Instruction> stage, string word) => stage.LastOrDefault(instruction => instruction.Word == word)?.Text;
}
