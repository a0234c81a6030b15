namespace Pipeline.AllInOne.Demo;

/// <summary>What demo replies say: a few words per frame, so that a stream looks like one.</summary>
internal static class DemoText
{
    private static readonly string[] Phrases =
    [
        "This", " reply", " comes", " from", " the", " demo", " provider", " inside", " all-in-one.", " It", " knows", " nothing", " of", " your",
        " question,", " but", " its", " usage", " figures", " are", " shaped", " like", " the", " real", " ones.",
    ];

    /// <summary>8 to 25 pieces.</summary>
    public static IReadOnlyList<string> Of(DemoRequest request) => Phrases[..(8 + request.Pick(7, Phrases.Length - 7))];
}
