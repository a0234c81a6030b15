using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Alerting;

/// <summary>One request that a webhook got.</summary>
/// <param name="Problem">What is wrong with it, else null.</param>
public sealed record Posted(string Path, string Id, string Body, int Answer, string? Problem);

/// <summary>
/// Receives alerts as an operator's service does: checks the signature before anything else. `/ops` answers 500 to the first request of each
/// id and takes the next; `/down` answers 503 to all.
/// </summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan MaxClockDifference = TimeSpan.FromMinutes(5);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _tries = new();

    private WebhookReceiver(WebApplication app)
    {
        _app = app;
        app.Run(TakeAsync);
        app.StartAsync().GetAwaiter().GetResult();
        Address = app.Urls.First();
    }

    public string Address { get; }

    public ConcurrentQueue<Posted> Requests { get; } = new();

    public static WebhookReceiver Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return new WebhookReceiver(builder.Build());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var received = new MemoryStream();
        await context.Request.Body.CopyToAsync(received);
        var headers = context.Request.Headers;
        var (id, time, signature) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString());
        var path = context.Request.Path.Value!;
        var tries = _tries.AddOrUpdate(path + id, 1, static (_, count) => count + 1);
        var problem = ProblemOf(context.Request, id, time, signature, received.ToArray());
        context.Response.StatusCode = problem is not null ? 400 : path == "/down" ? 503 : tries == 1 ? 500 : 204;
        Requests.Enqueue(new Posted(path, id, Encoding.UTF8.GetString(received.ToArray()), context.Response.StatusCode, problem));
    }

    private static string? ProblemOf(HttpRequest request, string id, string time, string signature, byte[] body)
    {
        if (request.Method != "POST" || request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true) return $"{request.Method} {request.ContentType}";
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return $"timestamp {time}";
        if ((DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > MaxClockDifference) return $"timestamp {time} is old";
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        var wanted = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(RunBudgets.Secret), signed));
        return signature == wanted ? null : $"signature {signature}, wanted {wanted}";
    }
}
