using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// What an alert's receiver has to do, as an example that works: check the signature over the raw body, ignore ids that it has had,
/// answer 2xx. This one turns each alert into a line for people.
/// </summary>
/// <param name="url">Where it is mapped.</param>
internal sealed class DemoReceiver(Uri url)
{
    private const string WebhookName = "demo";
    private const int SecretBytes = 32;
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Ids kept to tell a repetition; repetitions follow closely, so that all may be forgotten at once.</summary>
    private const int MaxSeen = 10_000;

    private const int MaxWaitingLines = 1_000;

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxWaitingLines) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(SecretBytes);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public Webhook Webhook => new(WebhookName, url, _secret);

    /// <summary>Alerts that nobody has shown yet, one line each.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    public async Task Take(HttpContext context)
    {
        var headers = context.Request.Headers;
        var id = headers[WebhookSignature.IdHeader].ToString();
        using var body = new MemoryStream();
        if (context.Request.ContentLength is null or > MaxBodyBytes) context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        else
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            context.Response.StatusCode = IsSigned(headers, id, body.ToArray()) ? StatusCodes.Status204NoContent : StatusCodes.Status401Unauthorized;
        }

        if (context.Response.StatusCode != StatusCodes.Status204NoContent || !IsNew(id)) return;
        _lines.Writer.TryWrite(LineOf(body.ToArray()));
    }

    private bool IsSigned(IHeaderDictionary headers, string id, byte[] body)
    {
        if (!long.TryParse(headers[WebhookSignature.TimestampHeader], CultureInfo.InvariantCulture, out var time)) return false;
        var expected = WebhookSignature.Of(_secret, id, time, body);
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(headers[WebhookSignature.SignatureHeader].ToString()));
    }

    private bool IsNew(string id)
    {
        lock (_gate)
        {
            if (_seen.Count >= MaxSeen) _seen.Clear();
            return _seen.Add(id);
        }
    }

    private static string LineOf(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
        var per = string.Concat(json.RootElement.GetProperty("per").EnumerateObject().Select(static one => $" {one.Name} {LiveTable.Shown(one.Value.GetString()!)}"));
        var amounts = $"{Text("spent")} of {Text("limit")} {Text("unit")} spent";
        var what = Text("kind") switch
        {
            "fired" => $"passed {json.RootElement.GetProperty("threshold_percent").GetInt32()} %: {amounts}",
            "resolved" => $"is below {json.RootElement.GetProperty("threshold_percent").GetInt32()} % again: {amounts}",
            _ => $"ended its period: {amounts}",
        };
        return $"alert    budget {Text("budget")}{per} {what}, {Text("period_kind")} from {Text("period_start")}";
    }
}
