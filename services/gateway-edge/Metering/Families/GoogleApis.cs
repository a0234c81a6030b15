namespace Pipeline.GatewayEdge.Metering;

/// <summary>Gemini's APIs.</summary>
internal static class GoogleApis
{
    public static readonly ApiFamily GenerateContent =
        new("google.generateContent", "generate_content", ReplyShape.GoogleGenerateContent, UrlModel: UrlModel.BeforeColon);

    public static readonly ApiFamily StreamGenerateContent = new(
        "google.streamGenerateContent", "generate_content", ReplyShape.GoogleGenerateContent, UrlModel: UrlModel.BeforeColon, IsStreamByUrl: true);

    public static readonly ApiTable Table = new(
        "google",
        new(":generateContent", GenerateContent),
        new(":streamGenerateContent", StreamGenerateContent));
}
