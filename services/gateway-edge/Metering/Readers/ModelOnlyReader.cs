namespace Pipeline.GatewayEdge.Metering;

/// <summary>Calls that are free (moderation, counting tokens): which model answered, and nothing that could be taken for usage.</summary>
internal sealed class ModelOnlyReader : ReplyReader
{
    private static readonly JsonPath Tree =
        JsonPath.Root(JsonPath.Value("id", FactPlaces.Id), JsonPath.Value("model", FactPlaces.Model), ErrorPlaces.Place());

    public override JsonPath Root => Tree;
}
