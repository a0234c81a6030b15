using System.Globalization;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Pipeline.BudgetWatcher.Rules;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>Posts alerts, each again until it is taken, refused, or given up at the bounds of <see cref="AlertingOptions"/>.</summary>
/// <remarks>Safe for all threads.</remarks>
internal sealed class WebhookSender : IDisposable
{
    private const string UserAgent = "budget-watcher";

    private readonly AlertingOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<WebhookReply> _retries;
    private readonly Dictionary<string, SemaphoreSlim> _slots;

    /// <param name="handler">Outgoing HTTP, which must not follow redirects; disposed with this.</param>
    public WebhookSender(IEnumerable<Webhook> webhooks, AlertingOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(UserAgent, null));
        // Slots are the webhook's own: a receiver that hangs holds up its own alerts and no others.
        _slots = webhooks.ToDictionary(static webhook => webhook.Name, _ => new SemaphoreSlim(options.MaxRequestsPerWebhook), StringComparer.Ordinal);
        _retries = BuildRetries(options, time);
    }

    /// <summary>The handler that the service uses.</summary>
    public static HttpMessageHandler CreateHandler() =>
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };

    /// <param name="mayBegin">Asked when there is a slot for the first request.</param>
    /// <returns>Null when nothing can be said of it: not begun, or stopped in the middle. It is to be sent again.</returns>
    public async Task<DeliveryResult?> Send(Delivery delivery, Func<bool> mayBegin, CancellationToken stop)
    {
        var slots = _slots[delivery.Webhook.Name];
        var run = new Run(delivery, slots);
        try
        {
            await slots.WaitAsync(stop).ConfigureAwait(false);
            run.HasSlot = true;
            if (!mayBegin()) return null;
            var last = await _retries.ExecuteAsync(static async (state, token) => await state.Sender.Try(state.Run, token), (Sender: this, Run: run), stop);
            return Conclude(run, last);
        }
        catch (TimeoutRejectedException)
        {
            return Failed(run, run.LastReason, $" and {_options.GiveUpAfter.TotalSeconds} s");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            run.ReleaseSlot();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        foreach (var slots in _slots.Values) slots.Dispose();
    }

    private static ResiliencePipeline<WebhookReply> BuildRetries(AlertingOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<WebhookReply> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.GiveUpAfter });
        if (options.MaxAttempts == 1) return builder.Build();
        return builder.AddRetry(new RetryStrategyOptions<WebhookReply>
        {
            // A wait beyond the bound would end in giving up anyway, only later.
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Result is { Verdict: ReplyVerdict.Retry } reply && (reply.RetryAfter ?? TimeSpan.Zero) < options.GiveUpAfter),
            MaxRetryAttempts = options.MaxAttempts - 1,
            Delay = options.FirstRetryWait,
            MaxDelay = options.MaxRetryWait,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            DelayGenerator = static arguments => ValueTask.FromResult(arguments.Outcome.Result.RetryAfter),
        }).Build();
    }

    private async ValueTask<WebhookReply> Try(Run run, CancellationToken token)
    {
        // The slot of the first request is there already; waits between requests are spent without one.
        if (!run.HasSlot) await run.Slots.WaitAsync(token).ConfigureAwait(false);
        run.HasSlot = true;
        try
        {
            var began = _time.GetTimestamp();
            run.Tries++;
            var reply = await Post(run.Delivery, token).ConfigureAwait(false);
            AlertingMetrics.Answered(run.Delivery.Webhook.Name, reply, _time.GetElapsedTime(began));
            run.LastReason = reply.Reason;
            return reply;
        }
        finally
        {
            run.ReleaseSlot();
        }
    }

    private async Task<WebhookReply> Post(Delivery delivery, CancellationToken token)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, token);
        using var request = RequestOf(delivery);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return WebhookReply.Of((int)response.StatusCode, WaitOf(response.Headers.RetryAfter));
        }
        catch (HttpRequestException error)
        {
            return WebhookReply.Lost($"no answer ({error.HttpRequestError})");
        }
        catch (IOException)
        {
            return WebhookReply.Lost("the connection broke off");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !token.IsCancellationRequested)
        {
            return WebhookReply.Lost($"no answer within {_options.Timeout.TotalSeconds} s");
        }
    }

    /// <summary>Signed for now: receivers refuse old timestamps, so that each request has its own.</summary>
    private HttpRequestMessage RequestOf(Delivery delivery)
    {
        var id = delivery.AlertId.ToString();
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Webhook.Url) { Content = new ReadOnlyMemoryContent(delivery.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Of(delivery.Webhook.Secret.Span, id, now, delivery.Body.Span));
        return request;
    }

    /// <returns>Null without the header or with a time that has passed: the own schedule counts.</returns>
    private TimeSpan? WaitOf(RetryConditionHeaderValue? retryAfter)
    {
        var wait = retryAfter?.Delta ?? retryAfter?.Date - _time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static DeliveryResult Conclude(Run run, WebhookReply last) => last.Verdict switch
    {
        ReplyVerdict.Taken => DeliveryResult.Delivered,
        ReplyVerdict.Refused => new DeliveryResult(DeliveryOutcome.Refused, $"webhook {run.Delivery.Webhook.Name} refuses the alert: {last.Reason}"),
        _ when last.RetryAfter is { } wait => Failed(run, $"{last.Reason}, asking for a wait of {(long)wait.TotalSeconds} s"),
        _ => Failed(run, last.Reason),
    };

    private static DeliveryResult Failed(Run run, string why, string bound = "") => new(
        DeliveryOutcome.Failed, $"webhook {run.Delivery.Webhook.Name} did not take the alert in {run.Tries} {(run.Tries == 1 ? "request" : "requests")}{bound}: {why}");

    /// <summary>One delivery in flight.</summary>
    private sealed class Run(Delivery delivery, SemaphoreSlim slots)
    {
        public Delivery Delivery => delivery;

        public SemaphoreSlim Slots => slots;

        public bool HasSlot { get; set; }

        public int Tries { get; set; }

        public string LastReason { get; set; } = "no answer";

        public void ReleaseSlot()
        {
            if (!HasSlot) return;
            HasSlot = false;
            slots.Release();
        }
    }
}
