using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Identification with its keys, and the timers that keep them fresh. Without a key file, a key set or an upstream that asks, it does nothing.</summary>
internal sealed class IdentityStage : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly JwksSource? _tokenKeys;
    private readonly VirtualKeyFile? _virtualKeys;
    private readonly CallerIdentification _identification;
    private readonly List<ITimer> _timers = [];
    private readonly Lock _reloading = new();

    /// <param name="keyFetch">What fetches the issuer's keys; null = sockets.</param>
    public IdentityStage(GatewayOptions options, Action<DropReason> dropped, TimeProvider time, ILogger logger, HttpMessageHandler? keyFetch = null)
    {
        (_options, _time) = (options, time);
        if (options.Jwt.KeysFile is not null || options.Jwt.KeysUrl is not null) _tokenKeys = new JwksSource(options.Jwt, time, logger, keyFetch);
        if (options.VirtualKeys.KeysFile is { } file) _virtualKeys = new VirtualKeyFile(file, logger);
        var verification = _tokenKeys is null ? null : new JwtVerification(options.Jwt, new ClaimReading(options.Jwt.Claims, dropped));
        _identification = new CallerIdentification(options.Jwt, verification, () => _tokenKeys?.Current, () => _virtualKeys?.Keys, time);
        if (options.MetadataTags.Count > 0) MetadataTags = new MetadataTags(options.MetadataTags, dropped);
    }

    /// <summary>Null = none are taken.</summary>
    public MetadataTags? MetadataTags { get; }

    public IdentityVerdict Identify(IHeaderDictionary headers, string target, IdentityRules rules) => _identification.Identify(headers, target, rules);

    /// <returns>False when nothing was fetched: the verdict stands.</returns>
    public ValueTask<bool> FetchTokenKeysAsync() => _tokenKeys?.RefreshForMissAsync() ?? ValueTask.FromResult(false);

    /// <summary>Gets the first keys, then keeps them fresh.</summary>
    public async Task StartAsync()
    {
        if (_tokenKeys is { } tokens)
        {
            await tokens.RefreshAsync();
            _timers.Add(_options.Jwt.KeysFile is null
                ? _time.CreateTimer(static keys => _ = ((JwksSource)keys!).RefreshAsync(), tokens, _options.Jwt.RefreshInterval, _options.Jwt.RefreshInterval)
                : _time.CreateTimer(static keys => _ = ((JwksSource)keys!).LookAgainAsync(), tokens, _options.Jwt.ReloadInterval, _options.Jwt.ReloadInterval));
        }

        if (_virtualKeys is not null)
            _timers.Add(_time.CreateTimer(static stage => ((IdentityStage)stage!).ReloadVirtualKeys(), this, _options.VirtualKeys.ReloadInterval, _options.VirtualKeys.ReloadInterval));
    }

    public void AddChecks(Health health)
    {
        if (_tokenKeys is { } tokens) health.Check("token-keys", tokens.Check);
        if (_virtualKeys is { } keys) health.Check("virtual-keys", keys.Check);
    }

    public void Dispose()
    {
        foreach (var timer in _timers) timer.Dispose();
        _tokenKeys?.Dispose();
    }

    private void ReloadVirtualKeys()
    {
        // A slow disk must not pile up readers.
        if (!_reloading.TryEnter()) return;
        try
        {
            _virtualKeys!.Refresh();
        }
        finally
        {
            _reloading.Exit();
        }
    }
}
