using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Registry;

/// <summary>
/// A registry server with Confluent's REST API (Confluent, Apicurio under /apis/ccompat/v7, Karapace, Redpanda).
/// Source: Confluent Platform, Schema Registry API reference.
/// </summary>
public sealed class HttpSchemaRegistry : ISchemaRegistry, IDisposable
{
    private const string MediaType = "application/vnd.schemaregistry.v1+json";
    private const int MaxAnswerBytes = 8 * 1024 * 1024;
    private const int MaxMessageCharacters = 400;

    /// <summary>Wait before the first repetition; doubles with each further one, with jitter.</summary>
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Levels that promise at least what BACKWARD does: an operator's stricter choice stands.</summary>
    private static readonly string[] BackwardLevels = ["BACKWARD", "BACKWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"];

    private readonly HttpClient _http;
    private readonly ResiliencePipeline<Reply> _retries;
    private readonly Uri _url;

    /// <param name="options">With <see cref="RegistryOptions.Url"/> set.</param>
    /// <param name="handler">Outgoing HTTP; disposed with this.</param>
    public HttpSchemaRegistry(RegistryOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        var url = options.Url ?? throw new ArgumentException("needs Registry:Url", nameof(options));
        _url = new Uri(url.AbsoluteUri.TrimEnd('/') + "/");
        _http = new HttpClient(handler) { BaseAddress = _url, Timeout = options.Timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
        if (options.CredentialsFile is { } file)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(SecretFile.Read(file)));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }

        _retries = new ResiliencePipelineBuilder<Reply> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Reply>
            {
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result.Outcome == RegistryOutcome.Unreachable),
                MaxRetryAttempts = Math.Max(1, options.MaxRetries),
                Delay = FirstRetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();
        if (options.MaxRetries == 0) _retries = ResiliencePipeline<Reply>.Empty;
    }

    public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop)
    {
        var level = EnsureBackward(subject, stop);
        if (level.Outcome != RegistryOutcome.Ok) return Failure<int>(level, $"setting {subject} to BACKWARD");
        var reply = Send(HttpMethod.Post, $"subjects/{Uri.EscapeDataString(subject)}/versions", SchemaBody(schemaJson), stop);
        if (reply.Outcome == RegistryOutcome.Ok) return ReadId(reply, subject);
        // The same for registering: what another service has just registered is there.
        if (reply.Outcome == RegistryOutcome.Refused && LookUp(subject, schemaJson, stop) is { IsOk: true } there) return there;
        return Failure<int>(reply, $"registering the schema of {subject}");
    }

    public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop)
    {
        var reply = Send(HttpMethod.Post, $"subjects/{Uri.EscapeDataString(subject)}", SchemaBody(schemaJson), stop);
        return reply.Outcome == RegistryOutcome.Ok ? ReadId(reply, subject) : Failure<int>(reply, $"looking up the schema of {subject}");
    }

    public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop)
    {
        var reply = Send(HttpMethod.Get, $"schemas/ids/{id}", null, stop);
        if (reply.Outcome != RegistryOutcome.Ok) return Failure<string>(reply, $"reading schema {id}");
        return ReadMember(reply, "schema", static member => member.GetString()) is { } schema
            ? RegistryAnswer<string>.Ok(schema)
            : Failure<string>(reply with { Outcome = RegistryOutcome.Unreachable, Message = "the answer holds no schema" }, $"reading schema {id}");
    }

    public void Dispose() => _http.Dispose();

    private Reply EnsureBackward(string subject, CancellationToken stop)
    {
        var path = $"config/{Uri.EscapeDataString(subject)}";
        var found = Send(HttpMethod.Get, path, null, stop);
        if (found.Outcome is not (RegistryOutcome.Ok or RegistryOutcome.NotFound)) return found;
        var level = ReadMember(found, "compatibilityLevel", static member => member.GetString());
        if (BackwardLevels.Contains(level)) return found;
        var set = Send(HttpMethod.Put, path, """{"compatibility":"BACKWARD"}"""u8.ToArray(), stop);
        if (set.Outcome != RegistryOutcome.Refused) return set;

        // Services that start together set it together, and a registry may call the second one a conflict.
        found = Send(HttpMethod.Get, path, null, stop);
        return BackwardLevels.Contains(ReadMember(found, "compatibilityLevel", static member => member.GetString())) ? found : set;
    }

    private Reply Send(HttpMethod method, string path, byte[]? body, CancellationToken stop) =>
        _retries.Execute(token => SendOnce(method, path, body, token), stop);

    private Reply SendOnce(HttpMethod method, string path, byte[]? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd(MediaType);
        request.Headers.Accept.ParseAdd("application/json;q=0.9");
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(MediaType) } };
        try
        {
            using var response = _http.Send(request, stop);
            using var content = response.Content.ReadAsStream(stop);
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return new Reply(Classify(response.StatusCode), (int)response.StatusCode, bytes.ToArray(), null);
        }
        catch (HttpRequestException error)
        {
            return new Reply(RegistryOutcome.Unreachable, null, [], error.Message);
        }
        catch (TaskCanceledException) when (!stop.IsCancellationRequested)
        {
            return new Reply(RegistryOutcome.Unreachable, null, [], $"no answer within {_http.Timeout}");
        }
    }

    /// <summary>What a status says about the call. Anything that is not a verdict is worth another try.</summary>
    internal static RegistryOutcome Classify(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => RegistryOutcome.Ok,
        HttpStatusCode.NotFound => RegistryOutcome.NotFound,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => RegistryOutcome.Unauthorized,
        HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity => RegistryOutcome.Refused,
        _ => RegistryOutcome.Unreachable,
    };

    private RegistryAnswer<T> Failure<T>(Reply reply, string what)
    {
        var said = reply.Message ?? ReadMember(reply, "message", static member => member.GetString()) ?? "no reason given";
        said = string.Concat(said.Where(static character => !char.IsControl(character)).Take(MaxMessageCharacters));
        var status = reply.Status is { } code ? $" (status {code})" : "";
        var remedy = reply.Outcome switch
        {
            RegistryOutcome.Refused => "keep the schema compatible with the subject's earlier versions, or remove them if no record uses them",
            RegistryOutcome.Unauthorized => "check Registry:CredentialsFile and the registry's access rules",
            RegistryOutcome.NotFound => "register the schemas, or set Registry:Register to true",
            _ => "check Registry:Url and the registry",
        };
        var outcome = reply.Outcome.ToString().ToLowerInvariant();
        return RegistryAnswer<T>.Failed(reply.Outcome, $"registry {_url}: {what}: {outcome}{status}: {said}; {remedy}");
    }

    private RegistryAnswer<int> ReadId(Reply reply, string subject) =>
        ReadMember<int?>(reply, "id", static member => member.TryGetInt32(out var id) ? id : null) is { } read
            ? RegistryAnswer<int>.Ok(read)
            : Failure<int>(reply with { Outcome = RegistryOutcome.Unreachable, Message = "the answer holds no id" }, $"the id of {subject}");

    private static T? ReadMember<T>(Reply reply, string name, Func<JsonElement, T?> read)
    {
        try
        {
            using var json = JsonDocument.Parse(reply.Body);
            var isObject = json.RootElement.ValueKind == JsonValueKind.Object;
            return isObject && json.RootElement.TryGetProperty(name, out var member) ? read(member) : default;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static byte[] SchemaBody(string schemaJson)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("schema"u8, schemaJson);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    /// <param name="Status">Null when there was no answer.</param>
    /// <param name="Message">Why there was none.</param>
    private readonly record struct Reply(RegistryOutcome Outcome, int? Status, byte[] Body, string? Message);
}
