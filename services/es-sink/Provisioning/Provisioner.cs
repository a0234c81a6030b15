using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Rendering;
using Pipeline.Runtime.Hosting;

namespace Pipeline.EsSink.Provisioning;

/// <summary>
/// Brings the cluster's templates in order at start and before an index is made, and looks at what it would get from them.
/// Every step can be repeated; nothing that a newer version of the product wrote is touched.
/// </summary>
internal sealed partial class Provisioner(ElasticsearchHttp http, ElasticsearchOptions options, int retentionDays, ILogger logger)
{
    private const string SimulatedIndex = DayIndex.Prefix + "2000.01.01";
    private const int FirstSupportedVersion = 8;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly List<string> _warnings = [];
    private readonly List<string> _seen = [];
    private volatile CheckResult[] _check = [CheckResult.NotReady("the cluster's templates have not been looked at yet")];
    private bool _wasDone;

    /// <summary>For readiness.</summary>
    public CheckResult Check() => _check[0];

    /// <summary>What <see cref="Ensure"/> last found and did, one line for each template.</summary>
    public IReadOnlyList<string> Seen => _seen;

    /// <returns>False when the cluster is away or its templates cannot be brought in order: try again later.</returns>
    public bool Ensure(CancellationToken stop)
    {
        _warnings.Clear();
        _seen.Clear();
        var trouble = CheckCluster(stop) ?? PutTemplates(PutLifecycle(stop), stop) ?? CheckEffect(stop);
        if (trouble is not null)
        {
            Show(CheckResult.NotReady(trouble));
            return false;
        }

        if (!_wasDone)
        {
            foreach (var warning in _warnings) ProvisioningWarned(logger, warning);
            Provisioned(logger, Templates.Version);
        }

        Show(_warnings.Count == 0 ? CheckResult.Ok : CheckResult.Warning(string.Join("; ", _warnings)));
        return _wasDone = true;
    }

    private string? CheckCluster(CancellationToken stop)
    {
        var reply = http.Send(HttpMethod.Get, "", null, stop);
        if (reply.Failure is not null) return reply.Failure;
        if (reply.Status == 401) return "the cluster refuses our credentials (401); check Elasticsearch:ApiKeyFile or Username and PasswordFile";
        if (reply.Status == 403) return null;
        if (reply.Status != 200) return $"the cluster's root answers HTTP {reply.Status}";
        if (!reply.IsElasticsearch) return "what answers is not Elasticsearch; check Elasticsearch:Url";
        return ClusterVersion.MajorOf(reply.Body.Span) is { } major && major < FirstSupportedVersion
            ? $"the cluster is Elasticsearch {major}; {FirstSupportedVersion} or newer is needed"
            : null;
    }

    /// <returns>False when indices have to be deleted by someone else.</returns>
    private bool PutLifecycle(CancellationToken stop)
    {
        const string Path = "_ilm/policy/" + Templates.PolicyName;
        var found = http.Send(HttpMethod.Get, Path, null, stop);
        if (found.Status == 200) return true;
        // A cluster without lifecycle management has no such route; one without the policy answers 404.
        var put = found.Status == 404 ? Put(Path, Templates.Policy(retentionDays), stop) : found;
        if (put.Status == 200) return true;
        _warnings.Add($"the cluster offers no index lifecycle management to us (HTTP {put.Status}): " +
            $"indices older than {retentionDays} days have to be deleted by other means");
        return false;
    }

    private string? PutTemplates(bool hasLifecycle, CancellationToken stop)
    {
        foreach (var template in Templates.All(options, hasLifecycle))
        {
            var found = http.Send(HttpMethod.Get, template.Path, null, stop);
            if (found.Failure is not null) return found.Failure;
            if (found.Status == 403)
            {
                _warnings.Add($"template {template.Name} can be neither read nor written with our credentials (403)");
                continue;
            }

            var state = found.Status == 404 ? TemplateState.Missing : TemplateCheck.StateOf(template, found.Body.Span);
            if (state == TemplateState.Newer)
                _warnings.Add($"template {template.Name} was written by a newer version of the product and is left as it is");
            if (state is TemplateState.Newer or TemplateState.Current)
            {
                _seen.Add($"template {template.Name}: {(state == TemplateState.Current ? "there" : "there, of a newer version")}");
                continue;
            }

            var put = Put(template.Path, template.Content, stop);
            if (put.Failure is not null) return put.Failure;
            if (put.Status != 200)
                return $"template {template.Name} cannot be written: {BulkReplyClassifier.OfStatus(put.Status, put.Body.Span).Reason}";
            TemplateWritten(logger, template.Name, state);
            _seen.Add($"template {template.Name}: written, it was {(state == TemplateState.Missing ? "missing" : "outdated")}");
        }

        return null;
    }

    private string? CheckEffect(CancellationToken stop)
    {
        var reply = http.Send(HttpMethod.Post, "_index_template/_simulate_index/" + SimulatedIndex, null, stop);
        if (reply.Failure is not null) return reply.Failure;
        if (reply.Status == 403)
        {
            _warnings.Add("the effect of the templates cannot be looked at with our credentials (403)");
            return null;
        }

        if (reply.Status != 200) return $"the effect of the templates cannot be looked at: HTTP {reply.Status}";
        var defects = TemplateCheck.DefectsOf(reply.Body.Span);
        return defects.Count == 0
            ? null
            : $"the templates in the cluster are weaker than ours: {string.Join("; ", defects)}; look for one of a higher priority";
    }

    private HttpReply Put(string path, byte[] body, CancellationToken stop)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Json;
        return http.Send(HttpMethod.Put, path, content, stop);
    }

    private void Show(CheckResult result)
    {
        if (result.Status == CheckStatus.NotReady && _check[0] != result) ProvisioningFailed(logger, result.Message);
        _check = [result];
    }

    [LoggerMessage(60, LogLevel.Information, "TemplateWritten {Template}: it was {State}", EventName = "TemplateWritten")]
    private static partial void TemplateWritten(ILogger logger, string template, TemplateState state);

    [LoggerMessage(61, LogLevel.Information, "ClusterProvisioned: templates version {Version}", EventName = "ClusterProvisioned")]
    private static partial void Provisioned(ILogger logger, int version);

    [LoggerMessage(62, LogLevel.Warning, "ProvisioningWarned: {Warning}", EventName = "ProvisioningWarned")]
    private static partial void ProvisioningWarned(ILogger logger, string warning);

    [LoggerMessage(63, LogLevel.Warning, "ProvisioningFailed: {Reason}; tried again later", EventName = "ProvisioningFailed")]
    private static partial void ProvisioningFailed(ILogger logger, string reason);
}
