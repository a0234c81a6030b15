namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// Google charges a grounded prompt of Gemini 2.5 and older once, however many searches the model made for it, and from Gemini 3 on
/// each search. Replies list the searches in both cases, so the older models' count is not what is charged.
/// </summary>
internal static class GroundedPrompts
{
    private const string Provider = "google";
    private static readonly string[] ChargedByPrompt = ["gemini-1", "gemini-2", "gemini-flash-1", "gemini-pro"];

    public static void Apply(in CatalogueAnswer answer, UsageFigures figures)
    {
        if (answer.ChargedAs is not (Provider, { } model) || figures.Units.ByName("web_searches") is not { } searches) return;
        if (figures.Reported(searches.Index) <= 1) return;
        foreach (var start in ChargedByPrompt)
            if (model.StartsWith(start, StringComparison.Ordinal))
                figures.Report(searches.Index, 1);
    }
}
