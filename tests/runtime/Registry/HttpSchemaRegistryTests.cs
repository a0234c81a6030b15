using System.Net;
using System.Text;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Tests.Hosting;
using Pipeline.Schemas;
using Pipeline.Schemas.Resolution;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Runtime.Tests.Registry;

public sealed class HttpSchemaRegistryTests
{
    private const string OneField = """{"type":"record","name":"A","fields":[{"name":"x","type":"long"}]}""";
    private const string FieldWithoutDefault = """{"type":"record","name":"A","fields":[{"name":"x","type":"long"},{"name":"y","type":"long"}]}""";

    private readonly string _subject = $"test-{Guid.NewGuid():N}-value";

    [Fact]
    public void Register_RealRegistry_GivesAnIdUnderWhichTheSchemaIsFound()
    {
        using var registry = Connect();
        foreach (var schema in SchemaSet.All)
        {
            var id = registry.Register(schema.Subject, schema.Json, CancellationToken.None);
            Assert.True(id.IsOk, id.Message);
            Assert.Equal(id.Value, registry.Register(schema.Subject, schema.Json, CancellationToken.None).Value);
            Assert.Equal(id.Value, registry.LookUp(schema.Subject, schema.Json, CancellationToken.None).Value);

            var read = registry.ReadSchema(id.Value, CancellationToken.None);
            Assert.True(SchemaFingerprint.TryOf(read.Value!, out var fingerprint, out var error), error);
            Assert.Equal(schema.Fingerprint, fingerprint);
        }
    }

    [Fact]
    public void Register_IncompatibleSchema_IsRefusedWithSubjectReasonAndRemedy()
    {
        using var registry = Connect();
        Assert.True(registry.Register(_subject, OneField, CancellationToken.None).IsOk);

        var refused = registry.Register(_subject, FieldWithoutDefault, CancellationToken.None);

        Assert.Equal(RegistryOutcome.Refused, refused.Outcome);
        Assert.Contains(_subject, refused.Message);
        Assert.Contains("/fields/1", refused.Message);
        Assert.Contains("keep the schema compatible", refused.Message);
    }

    [Fact]
    public void LookUp_NotRegistered_IsNotFound()
    {
        using var registry = Connect();
        Assert.Equal(RegistryOutcome.NotFound, registry.LookUp(_subject, OneField, CancellationToken.None).Outcome);
        Assert.Equal(RegistryOutcome.NotFound, registry.ReadSchema(987_654_321, CancellationToken.None).Outcome);
    }

    [Fact]
    public void Register_NobodyListens_IsUnreachable()
    {
        using var registry = Connect(new Uri($"http://127.0.0.1:{FreePorts.One()}"), new SocketsHttpHandler(), maxRetries: 1);

        var answer = registry.Register(_subject, OneField, CancellationToken.None);

        Assert.Equal(RegistryOutcome.Unreachable, answer.Outcome);
        Assert.Contains("check Registry:Url", answer.Message);
    }

    [Fact]
    public void Register_ServerBusyOnce_IsTriedAgain()
    {
        var answers = new ScriptedHandler([(503, ""), (200, """{"compatibilityLevel":"FULL"}"""), (200, """{"id":7}""")]);
        using var registry = Connect(new Uri("http://registry.test/path"), answers, maxRetries: 1);

        Assert.Equal(7, registry.Register(_subject, OneField, CancellationToken.None).Value);
        Assert.Equal(
            [$"GET /path/config/{_subject}", $"GET /path/config/{_subject}", $"POST /path/subjects/{_subject}/versions"],
            answers.Requests);
    }

    [Fact]
    public void Register_SubjectWithoutLevel_IsSetToBackwardFirst()
    {
        var answers = new ScriptedHandler([(404, """{"error_code":40408,"message":"none"}"""), (200, """{"compatibility":"BACKWARD"}"""), (200, """{"id":3}""")]);
        using var registry = Connect(new Uri("http://registry.test"), answers, maxRetries: 0);

        Assert.Equal(3, registry.Register(_subject, OneField, CancellationToken.None).Value);
        Assert.Equal($"PUT /config/{_subject}", answers.Requests[1]);
    }

    [Fact]
    public void Register_WrongCredentials_IsUnauthorizedAndDoesNotShowThem()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "credentials");
        File.WriteAllText(file, "me:hunter2\n");
        var answers = new ScriptedHandler([(401, """{"message":"no"}""")]);
        using var registry = new HttpSchemaRegistry(
            new RegistryOptions { Url = new Uri("http://registry.test"), CredentialsFile = file, MaxRetries = 0 }, answers, TimeProvider.System);

        var answer = registry.Register(_subject, OneField, CancellationToken.None);

        Assert.Equal(RegistryOutcome.Unauthorized, answer.Outcome);
        Assert.DoesNotContain("hunter2", answer.Message);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("me:hunter2")), answers.LastAuthorization);
    }

    private HttpSchemaRegistry Connect()
    {
        var url = RealRegistry.Shared(out var reason);
        Assert.SkipWhen(url is null, reason ?? "");
        return Connect(new Uri(url!), new SocketsHttpHandler(), maxRetries: 2);
    }

    private static HttpSchemaRegistry Connect(Uri url, HttpMessageHandler handler, int maxRetries) =>
        new(new RegistryOptions { Url = url, MaxRetries = maxRetries }, handler, TimeProvider.System);

    private sealed class ScriptedHandler(IEnumerable<(int Status, string Body)> answers) : HttpMessageHandler
    {
        private readonly Queue<(int Status, string Body)> _answers = new(answers);

        public List<string> Requests { get; } = [];

        public string? LastAuthorization { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add($"{request.Method} {request.RequestUri!.AbsolutePath}");
            LastAuthorization = request.Headers.Authorization?.ToString();
            var (status, body) = _answers.Dequeue();
            return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
