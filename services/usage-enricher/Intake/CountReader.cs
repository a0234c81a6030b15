namespace Pipeline.UsageEnricher.Intake;

/// <summary>Reads a source's counts, and notes what was wrong with them.</summary>
internal sealed class CountReader(List<string> corrections)
{
    /// <returns>0 to <see cref="ReportedTokens.MaxCount"/>; null when the count is not told or none.</returns>
    public long? Read(ForeignMember member)
    {
        switch (member.Whole)
        {
            case null: return null;
            case >= 0 and <= ReportedTokens.MaxCount and var count: return count;
            case -1:
                Note(Correction.MinusOneUnknown);
                return null;
            default:
                Note(Correction.CountOutOfBounds);
                return null;
        }
    }

    public void Note(string correction)
    {
        if (!corrections.Contains(correction)) corrections.Add(correction);
    }
}
