using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Pipeline.Benchmarks.Passthrough;

/// <summary>
/// The least that Kestrel and SocketsHttpHandler can do as a reverse proxy: headers across, body streamed up, reply streamed
/// down with a flush per read.
/// </summary>
internal sealed class Passthrough(Uri upstream) : IHttpApplication<IFeatureCollection>
{
    private const int ReadBytes = 16 * 1024;
    private const string Prefix = "/openai";

    private readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
    });

    public IFeatureCollection CreateContext(IFeatureCollection features) => features;

    public void DisposeContext(IFeatureCollection context, Exception? exception) { }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        var body = context.GetRequiredFeature<IHttpResponseBodyFeature>();

        using var message = MessageOf(request);
        using var reply = await _upstream.SendAsync(message, CancellationToken.None);

        response.StatusCode = (int)reply.StatusCode;
        CopyHeaders(reply.Headers.NonValidated, response.Headers);
        CopyHeaders(reply.Content.Headers.NonValidated, response.Headers);
        await CopyBodyAsync(reply, body.Writer);
        await body.CompleteAsync();
    }

    private HttpRequestMessage MessageOf(IHttpRequestFeature request)
    {
        var target = request.RawTarget.StartsWith(Prefix, StringComparison.Ordinal) ? request.RawTarget[Prefix.Length..] : request.RawTarget;
        var uri = new Uri(upstream.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(HttpMethod.Parse(request.Method), uri);
        if (request.Headers.ContentLength > 0 || request.Headers.ContainsKey("Transfer-Encoding"))
            message.Content = new StreamContent(request.Body);

        foreach (var (name, values) in request.Headers)
        {
            if (IsHopByHop(name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return message;
    }

    private static void CopyHeaders(System.Net.Http.Headers.HttpHeadersNonValidated from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from)
            if (!IsHopByHop(name)) to[name] = new StringValues(values.Count == 1 ? values.ToString() : string.Join(", ", values));
    }

    private static async Task CopyBodyAsync(HttpResponseMessage reply, PipeWriter writer)
    {
        var stream = await reply.Content.ReadAsStreamAsync();
        while (true)
        {
            var read = await stream.ReadAsync(writer.GetMemory(ReadBytes));
            if (read == 0) return;
            writer.Advance(read);
            await writer.FlushAsync();
        }
    }

    private static bool IsHopByHop(string name) =>
        name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase);
}
