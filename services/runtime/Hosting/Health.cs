using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Pipeline.Runtime.Hosting;

/// <summary>What a check says about the service.</summary>
public enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but an operator should know: shown, and the service stays ready.</summary>
    Warning,

    /// <summary>The service cannot do its work now: `/readyz` answers 503.</summary>
    NotReady,
}

/// <summary>A check's answer.</summary>
/// <param name="Message">One sentence with the remedy where there is one; no record content, no secrets.</param>
public readonly record struct CheckResult(CheckStatus Status, string Message)
{
    public static readonly CheckResult Ok = new(CheckStatus.Ok, "ok");

    public static CheckResult Warning(string message) => new(CheckStatus.Warning, message);

    public static CheckResult NotReady(string message) => new(CheckStatus.NotReady, message);
}

/// <summary>
/// What `/readyz` reports: named checks, asked at each request. Checks answer from memory: they must not wait.
/// </summary>
public sealed class Health
{
    private readonly ConcurrentDictionary<string, Func<CheckResult>> _checks = new(StringComparer.Ordinal);

    /// <param name="name">Short and stable, such as `registry` or `topics`.</param>
    public void Check(string name, Func<CheckResult> check)
    {
        if (!_checks.TryAdd(name, check)) throw new InvalidOperationException($"there is already a check named {name}");
    }

    /// <summary>All answers by name. A check that throws is not ready.</summary>
    public IReadOnlyList<(string Name, CheckResult Result)> Ask() =>
        [.. _checks.OrderBy(static check => check.Key, StringComparer.Ordinal).Select(static check => (check.Key, Ask(check.Value)))];

    /// <summary>`{"ready":bool,"checks":[{"name":…,"status":"ok|warning|not_ready","message":…}]}`.</summary>
    /// <returns>False when a check is not ready.</returns>
    public bool WriteJson(IBufferWriter<byte> output)
    {
        var answers = Ask();
        var isReady = answers.All(static answer => answer.Result.Status != CheckStatus.NotReady);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteBoolean("ready"u8, isReady);
        json.WriteStartArray("checks"u8);
        foreach (var (name, result) in answers)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteString("status"u8, result.Status switch
            {
                CheckStatus.Ok => "ok"u8,
                CheckStatus.Warning => "warning"u8,
                _ => "not_ready"u8,
            });
            json.WriteString("message"u8, result.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return isReady;
    }

    private static CheckResult Ask(Func<CheckResult> check)
    {
        try
        {
            return check();
        }
        catch (Exception error)
        {
            return CheckResult.NotReady($"the check failed: {error.GetType().Name}");
        }
    }
}
