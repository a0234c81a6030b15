namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Places that mean the same wherever a family has them, whatever it calls them: their text goes straight to the facts. A reader takes
/// slots of its own for what it has to look at.
/// </summary>
internal static class FactPlaces
{
    /// <summary>Slots of a reader start below this one; those of <see cref="ErrorPlaces"/> follow.</summary>
    public const int FirstSlot = 90;

    public const int Id = FirstSlot;
    public const int Model = FirstSlot + 1;
    public const int Tier = FirstSlot + 2;

    /// <summary>The reason of the whole reply; those of choices are <see cref="ChoiceReasons"/>.</summary>
    public const int FinishReason = FirstSlot + 3;

    /// <summary>The usage object, handed over raw.</summary>
    public const int Usage = FirstSlot + 4;

    public static void OnText(ReplyFacts facts, int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            case Id:
                facts.ResponseId.Stage(text);
                break;
            case Model:
                facts.Model.Stage(text);
                break;
            case Tier:
                facts.ServiceTier.Stage(text);
                break;
            case FinishReason:
                facts.FinishReasons.Stage(0, text);
                break;
        }
    }
}
