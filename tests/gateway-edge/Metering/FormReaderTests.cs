using System.Text;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Requests that are forms: the model and the wish for a stream, and nothing of the file.</summary>
public sealed class FormReaderTests
{
    private const string File =
        "--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--b2\r\nname=\"model\"\r\n\r\nnot this\r\n";

    private static RequestFacts Read(string body, string path = "/v1/audio/transcriptions") =>
        RequestReader.Read(ApiFamilies.Match("openai", "POST", path), Encoding.Latin1.GetBytes(body));

    private static string Field(string name, string value) => $"--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n";

    [Theory]
    [InlineData("/v1/audio/transcriptions")]
    [InlineData("/v1/audio/translations")]
    [InlineData("/v1/images/edits")]
    public void Form_ModelBeforeOrBehindTheFile_IsRead(string path)
    {
        foreach (var body in new[] { Field("model", "whisper-1") + File + "--b1--\r\n", File + Field("model", "whisper-1") + "--b1--\r\n" })
        {
            var facts = Read(body, path);
            Assert.Equal((RequestReadability.Read, "whisper-1", false), (facts.Readability, facts.Model, facts.AsksForStream));
        }
    }

    [Fact]
    public void Form_AskingForAStream_SaysSo() => Assert.True(Read(Field("stream", "true") + Field("model", "m") + "--b1--\r\n").AsksForStream);

    [Theory]
    [InlineData("--b1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1")]
    [InlineData("--b1\r\nContent-Disposition: form-data; name=\"model\"\r\n")]
    [InlineData("--b1\r\n")]
    [InlineData("--\r\n\r\n\r\n--")]
    [InlineData("--b1--\r\n")]
    public void Form_CutOff_TellsNothing(string body) => Assert.Null(Read(body).Model);

    [Fact]
    public void Form_ValueThatIsNoName_IsDropped()
    {
        Assert.Null(Read(Field("model", "please read my diary") + "--b1--\r\n").Model);
        Assert.Null(Read(Field("model", new string('m', 200)) + "--b1--\r\n").Model);
        Assert.Null(Read(Field("model", "m\u00e9") + "--b1--\r\n").Model);
    }

    [Fact]
    public void Form_RandomBytes_NeverThrow()
    {
        string[] tokens = ["--b1", "--", "\r\n", "\r\n\r\n", "name=\"model\"", "; name=\"", "filename", "x", "\"", "Content-Disposition: form-data"];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var body = new StringBuilder("--b1\r\n");
            for (var count = random.Next(30); count > 0; count--)
                body.Append(tokens[random.Next(tokens.Length)]);
            Read(body.ToString());
        }
    }

    [Theory]
    [InlineData("""{"model":"tts-1","input":"Hi!"}""", 3)]
    [InlineData("""{"model":"tts-1","input":"Gr\u00fc\u00dfe, 世界 \ud83d\ude00\n"}""", 12)]
    [InlineData("""{"model":"tts-1","input":""}""", 0)]
    public void Speech_Input_IsCountedByCharacter(string body, int characters)
    {
        var facts = RequestReader.Read(ApiFamilies.Match("openai", "POST", "/v1/audio/speech"), Encoding.UTF8.GetBytes(body));

        Assert.Equal(characters, facts.Quantities["characters"]);
    }

    [Theory]
    [InlineData("""{"model":"tts-1","input":["Hi!"]}""", "/v1/audio/speech")]
    [InlineData("""{"model":"text-embedding-3-small","input":"Hi!"}""", "/v1/embeddings")]
    public void Input_NotSpoken_IsNotCounted(string body, string path) =>
        Assert.Empty(RequestReader.Read(ApiFamilies.Match("openai", "POST", path), Encoding.UTF8.GetBytes(body)).Quantities);

    [Theory]
    [InlineData("/api/chat", """{"model":"m"}""", true)]
    [InlineData("/api/chat", """{"model":"m","stream":false}""", false)]
    [InlineData("/api/generate", """{"model":"m","stream":true}""", true)]
    [InlineData("/api/embed", """{"model":"m"}""", false)]
    [InlineData("/v1/chat/completions", """{"model":"m"}""", false)]
    public void Ollama_SayingNothingOfStreams_AsksForOne(string path, string body, bool asks) =>
        Assert.Equal(asks, RequestReader.Read(ApiFamilies.Match("ollama", "POST", path), Encoding.UTF8.GetBytes(body)).AsksForStream);
}
