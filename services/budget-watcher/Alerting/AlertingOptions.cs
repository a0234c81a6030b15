using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>How alerts are posted to webhooks.</summary>
[Section("Alerting")]
public sealed class AlertingOptions : IValidatableObject
{
    [Option("Requests for one alert to one webhook at most; after the last one the alert is a dead letter.", Unit = "requests")]
    [Range(1, 20)]
    public int MaxAttempts { get; init; } = 6;

    [Option("Longest wait for the answer to one request.")]
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    [Option("Wait before the second request; doubles with each further one, with jitter. The receiver's Retry-After goes before it.")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:30")]
    public TimeSpan FirstRetryWait { get; init; } = TimeSpan.FromSeconds(1);

    [Option("Longest wait between two requests.")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:30")]
    public TimeSpan MaxRetryWait { get; init; } = TimeSpan.FromSeconds(20);

    [Option("From the first request for one alert to one webhook to giving it up. A receiver that asks for a longer wait is given up at once.")]
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(60);

    [Option("Requests that one webhook gets at the same time.", Unit = "requests")]
    [Range(1, 64)]
    public int MaxRequestsPerWebhook { get; init; } = 4;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FirstRetryWait > MaxRetryWait)
            yield return new ValidationResult($"must not be longer than MaxRetryWait ({MaxRetryWait})", [nameof(FirstRetryWait)]);
    }
}
