namespace Pipeline.GatewayEdge.Metering;

/// <summary>Reads nothing: for families without usage. Their errors have a status and the reader of all errors.</summary>
internal sealed class OtherReader : ReplyReader
{
    private static readonly JsonPath Tree = JsonPath.Root();

    public override JsonPath Root => Tree;

    /// <summary>What ends a stream of theirs is not known, but for its last byte.</summary>
    public override bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) => transportComplete;
}
