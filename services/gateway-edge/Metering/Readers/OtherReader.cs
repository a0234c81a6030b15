namespace Pipeline.GatewayEdge.Metering;

/// <summary>Reads nothing but the error object: for families without usage.</summary>
internal sealed class OtherReader : ReplyReader
{
    private static readonly JsonPath Tree = JsonPath.Root(ErrorPlaces.Place());

    public override JsonPath Root => Tree;
}
