using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Pipeline.EsSink.Rendering;
using Pipeline.Runtime.Hosting;

namespace Pipeline.EsSink.Indexing;

/// <param name="Status">0 when there was no whole answer; <see cref="Failure"/> then says why.</param>
/// <param name="Body">Valid until the next call.</param>
/// <param name="IsElasticsearch">The answer carries the product's own header, so it is not some proxy's.</param>
internal readonly record struct HttpReply(int Status, ReadOnlyMemory<byte> Body, bool IsElasticsearch, string? Failure);

/// <summary>Elasticsearch over HTTP, blocking, one call at a time.</summary>
internal sealed class ElasticsearchHttp : IDisposable
{
    /// <summary>A bulk reply takes some 100 bytes an item; more than this is not one of ours.</summary>
    private const int MaxReplyBytes = 64 * 1024 * 1024;

    private const int ReadBytes = 64 * 1024;

    private readonly ElasticsearchOptions _options;
    private readonly HttpClient _client;
    private readonly DocumentBuffer _reply = new(ReadBytes);
    private AuthenticationHeaderValue? _authorization;

    public ElasticsearchHttp(ElasticsearchOptions options, HttpMessageHandler? handler = null)
    {
        _options = options;
        var url = options.Url ?? throw new ArgumentException("Elasticsearch:Url is needed", nameof(options));
        _client = new HttpClient(handler ?? HandlerOf(options))
        {
            BaseAddress = url.AbsolutePath.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/"),
            // The client's own bound ends with the headers: ours holds for the body too.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _authorization = ReadCredentials();
    }

    /// <param name="path">Relative to the base address, without a leading slash.</param>
    public HttpReply Send(HttpMethod method, string path, HttpContent? content, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = _authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bound.CancelAfter(_options.Timeout);
        try
        {
            using var response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead, bound.Token);
            // A blocking read takes no token: closing what it reads from ends it.
            using var closing = bound.Token.UnsafeRegister(static open => ((HttpResponseMessage)open!).Dispose(), response);
            // A key that was replaced on disk counts from the next call on.
            if ((int)response.StatusCode == 401) TryReloadCredentials();
            var isWhole = TryReadBody(response, bound.Token);
            bound.Token.ThrowIfCancellationRequested();
            if (!isWhole) return new HttpReply(0, default, false, $"the answer is longer than {MaxReplyBytes} bytes");
            return new HttpReply((int)response.StatusCode, _reply.Slice(0, _reply.Length), response.Headers.Contains("X-Elastic-Product"), null);
        }
        catch (Exception error) when (bound.IsCancellationRequested && error is OperationCanceledException or IOException or ObjectDisposedException or HttpRequestException)
        {
            var reason = stop.IsCancellationRequested ? "stopping" : $"no whole answer from {_client.BaseAddress!.Authority} within {_options.Timeout}";
            return new HttpReply(0, default, false, reason);
        }
        catch (HttpRequestException error)
        {
            return new HttpReply(0, default, false, $"no answer from {_client.BaseAddress!.Authority}: {error.HttpRequestError}");
        }
        catch (IOException)
        {
            return new HttpReply(0, default, false, $"the connection to {_client.BaseAddress!.Authority} broke off");
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _reply.Dispose();
    }

    private bool TryReadBody(HttpResponseMessage response, CancellationToken stop)
    {
        _reply.Reset();
        using var body = response.Content.ReadAsStream(stop);
        while (true)
        {
            var count = body.Read(_reply.GetSpan(ReadBytes));
            if (count == 0) return true;
            _reply.Advance(count);
            if (_reply.Length > MaxReplyBytes) return false;
        }
    }

    private void TryReloadCredentials()
    {
        try
        {
            _authorization = ReadCredentials();
        }
        catch (IOException)
        {
            // In the middle of being replaced: the 401 is reported, and the next one reads it again.
        }
    }

    private AuthenticationHeaderValue? ReadCredentials()
    {
        if (_options.ApiKeyFile is { } keyFile) return new AuthenticationHeaderValue("ApiKey", SecretFile.Read(keyFile));
        if (_options.Username is null) return null;
        var pair = $"{_options.Username}:{SecretFile.Read(_options.PasswordFile!)}";
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    private static SocketsHttpHandler HandlerOf(ElasticsearchOptions options)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
        if (options.CertificateAuthorityFile is not { } file) return handler;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return handler;
    }
}
