namespace Pipeline.EndToEnd.Privacy;

/// <summary>Files and rows that are broken in the middle of something private.</summary>
public static class BrokenInput
{
    private const string Units = """{"units":{"input_mtok":{"dimension":"input"}}}""";

    public static IEnumerable<(string Name, (string Data, string Units) Text)> Catalogues(Canaries canaries)
    {
        var said = canaries.Prose;
        yield return ("cut off", ($$"""[{"id":"a","models":[{"id":"{{said}}","prices":{""", Units));
        yield return ("not JSON", (said, Units));
        yield return ("units not JSON", ("[]", said));
        yield return ("a text for a number", ($$"""[{"id":"a","name":"A","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":"{{said}}"} } ]}]""", Units));
        yield return ("a text for an object", ($$"""[{"id":"a","name":"A","models":[{"id":"m","match":"{{said}}","prices":"{{said}}"}]}]""", Units));
        yield return ("a text for a list", ($$"""[{"id":"a","name":"A","models":"{{said}}"}]""", Units));
        yield return ("an unknown member", ($$"""[{"id":"a","name":"A","{{said}}":1,"models":[{"id":"m","match":{"{{said}}":"m"},"prices":{"{{said}}":1} } ]}]""", Units));
    }

    public static IEnumerable<(string Name, string Text)> Rows(Canaries canaries)
    {
        var said = canaries.Prose;
        yield return ("not JSON", said + "\n");
        yield return ("cut off", $$"""{"id":"1","model":"{{said}}""" + "\n");
        yield return ("texts for everything", $$"""{"id":"1","provider":"{{said}}","model":5,"usage":"{{said}}","timestamp":"{{said}}","zone":"{{said}}"}""" + "\n");
        yield return ("a text for a number", $$"""{"id":"1","provider":"openai","model":"gpt-4o","timestamp":"2026-01-01T00:00:00Z","usage":{"input_tokens":"{{said}}"},"output_tokens":"{{said}}","latency":"{{said}}"}""" + "\n");
    }
}
