using System.Diagnostics.Metrics;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Why the gateway answered a call itself without an upstream attempt.</summary>
internal enum RefusalReason { BadTarget, UnknownUpstream, Upgrade, Busy, SpoolFull, CallerLeftEarly, Unidentified }

/// <summary>What the forwarder counts. Labels are of closed sets or configuration.</summary>
internal sealed class ForwardingMetrics
{
    private static readonly Counter<long> Attempts = PipelineMeter.Counter(
        "pipeline_gateway_attempts_total", "Upstream attempts that ended, each with one event.", "upstream", "outcome");

    private static readonly Counter<long> Refused = PipelineMeter.Counter(
        "pipeline_gateway_refused_requests_total", "Requests that were not forwarded, by reason; they have no event.", "reason");

    private static readonly Counter<long> Dropped = PipelineMeter.Counter(
        "pipeline_gateway_dropped_attributions_total", "Attribution values left out because they break a rule, by reason.", "reason");

    private static readonly Counter<long> Injections = PipelineMeter.Counter(
        "pipeline_gateway_refused_injections_total", "Calls repeated without include_usage because the upstream refused it.", "upstream");

    private static readonly Counter<long> HeadersDropped = PipelineMeter.Counter(
        "pipeline_gateway_dropped_reply_headers_total", "Reply headers left out because they are not valid HTTP.", "upstream");

    private static readonly Counter<long> Unmetered = PipelineMeter.Counter(
        "pipeline_gateway_unmetered_replies_total", "Replies of metered families that were not fully read, by reason.", "reason");

    private static readonly Counter<long> Inconsistent = PipelineMeter.Counter(
        "pipeline_gateway_inconsistent_usage_total", "Replies whose usage contradicts itself; the event keeps the provider's own object.", "upstream");

    // Boxed once: a counter's tag is an object.
    private static readonly object[] OutcomeNames = [.. Enum.GetValues<Outcome>().Select(static outcome => (object)SnakeCase(outcome.ToString()))];
    private static readonly object[] ReasonNames = [.. Enum.GetValues<RefusalReason>().Select(static reason => (object)SnakeCase(reason.ToString()))];
    private static readonly object[] DropNames = [.. Enum.GetValues<DropReason>().Select(static reason => (object)SnakeCase(reason.ToString()))];

    public void AttemptEnded(string upstream, Outcome outcome) =>
        Attempts.Add(1, new("upstream", upstream), new KeyValuePair<string, object?>("outcome", OutcomeNames[(int)outcome]));

    public void UsageInconsistent(string upstream) => Inconsistent.Add(1, new KeyValuePair<string, object?>("upstream", upstream));

    public void RequestRefused(RefusalReason reason) => Refused.Add(1, new KeyValuePair<string, object?>("reason", ReasonNames[(int)reason]));

    public void AttributionDropped(DropReason reason) => Dropped.Add(1, new KeyValuePair<string, object?>("reason", DropNames[(int)reason]));

    public void InjectionRefused(string upstream) => Injections.Add(1, new KeyValuePair<string, object?>("upstream", upstream));

    public void ReplyHeaderDropped(string upstream) => HeadersDropped.Add(1, new KeyValuePair<string, object?>("upstream", upstream));

    public void ReplyUnmetered(string reason) => Unmetered.Add(1, new KeyValuePair<string, object?>("reason", reason));

    private static string SnakeCase(string name) =>
        string.Concat(name.Select(static (character, i) => char.IsUpper(character) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(character) : character.ToString()));
}
